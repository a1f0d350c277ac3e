"""The score at the top of a report, what it means and how far it can be trusted, and the tiles beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.contract.task import Task
from kit.report.formatting import duration, number
from kit.wording import counted


@dataclass(frozen=True)
class Headline:
    """The main score: its value (None: there is none yet), its name, what it means and what it does not mean."""

    value: float | None
    label: str
    interval: tuple[float, float] | None
    meaning: str
    caution: str


def headline(
    task: Task,
    summary: Mapping[str, Any] | None,
    score: Mapping[str, Any] | None,
    config: Mapping[str, Any] | None,
) -> Headline:
    """The submission's score if there were answers, else the held-out score, else a sentence that there is none."""
    if score and score.get("score") is not None:
        return _scored(task, score)
    if summary and summary.get("mean") is not None:
        return _held_out(task, summary, config or {})
    meaning = "This run has no score yet: its training has not ended, or no samples were held out."
    return Headline(None, task.metric.name, None, meaning, "")


def _direction(task: Task) -> str:
    return "Higher is better" if task.metric.higher_is_better else "Lower is better"


def _scored(task: Task, score: Mapping[str, Any]) -> Headline:
    interval, rows = score.get("interval"), score.get("rows")
    over = f" ({counted(rows, 'row')})" if isinstance(rows, int) else ""
    meaning = (
        f"The {task.metric.name} of this run's submission against the answers{over}, which training did not use. "
        f"{_direction(task)}."
    )
    caution = "It was computed on this computer with the kit's metric, not by the contest's server. "
    if interval:
        caution += (
            "The 95% interval comes from resampling the answers (bootstrap); it does not cover training again with "
            "another seed, or data from another source."
        )
    else:
        caution += "No interval was computed, so small differences between submissions may be chance."
    return Headline(float(score["score"]), task.metric.name, _pair(interval), meaning, caution)


def _held_out(task: Task, summary: Mapping[str, Any], config: Mapping[str, Any]) -> Headline:
    folds = summary.get("folds") or []
    mean = f"mean of {len(folds)} folds, " if len(folds) > 1 else ""
    meaning = (
        f"The {task.metric.name} ({mean}held out): measured on training samples that the model predicting them did not "
        f"learn from. {_direction(task)}."
    )
    caution = "It is not the score of the submission: there were no answers, and the test part may be harder. "
    chosen = [
        name for name, used in (("epoch", config.get("patience")), ("fitted values", summary.get("tuned"))) if used
    ]
    if chosen:
        names = " and ".join(chosen) + (" was" if chosen == ["epoch"] else " were")
        caution += f"The best {names} chosen on these same samples, so this score is optimistic."
    return Headline(float(summary["mean"]), f"{task.metric.name}, held out", None, meaning, caution)


def _pair(interval: Any) -> tuple[float, float] | None:
    return (float(interval[0]), float(interval[1])) if interval and len(interval) == 2 else None


Tile = tuple[str, str, str]


def tiles(
    summary: Mapping[str, Any] | None,
    score: Mapping[str, Any] | None,
    check: Mapping[str, Any] | None,
    rows: Sequence[Mapping[str, Any]],
) -> list[Tile]:
    """(label, value, note) of the tiles beside the main score."""
    found: list[Tile] = []
    if score and score.get("rank") is not None:
        found.append(
            (
                "Rank",
                f"{number(score['rank'])} of {number(score.get('of'))}",
                "by public score, among your submissions and published results measured elsewhere",
            )
        )
    if summary and summary.get("mean") is not None:
        found.append(_validation(summary))
    if check is not None:
        found.append(_submission(check))
    seconds = [row["seconds"] for row in rows if isinstance(row.get("seconds"), int | float)]
    if seconds:
        found.append(("Training", duration(sum(seconds)), f"{counted(len(rows), 'epoch')} in all"))
    return found


def _validation(summary: Mapping[str, Any]) -> Tile:
    count = len(summary.get("folds") or [])
    if count < 2:
        return "Held out", number(summary["mean"]), "on one held-out part"
    spread = f" ± {number(summary['spread'])}" if summary.get("spread") is not None else ""
    return "Cross-validation", f"{number(summary['mean'])}{spread}", f"mean and standard deviation of {count} folds"


def _submission(check: Mapping[str, Any]) -> Tile:
    rows = counted(check["rows"], "row") if check.get("rows") is not None else ""
    if check.get("ok"):
        warnings = len(check.get("warnings") or [])
        return "Submission", "Accepted", rows + (f", {counted(warnings, 'warning')}" if warnings else ", no fault")
    faults = check.get("total_faults", len(check.get("faults") or []))
    return "Submission", "Refused", counted(faults, "fault")
