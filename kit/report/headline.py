"""The score at the top of a report, what it means and how far it can be trusted, and the tiles beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.contract.task import Task
from kit.report.formatting import duration, number
from kit.runs import CheckRecord, EpochRecord, ScoreRecord, Summary
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
    summary: Summary | None,
    score: ScoreRecord | None,
    config: Mapping[str, Any],
) -> Headline:
    """The submission's score if there were answers, else the held-out score, else a sentence that there is none."""
    if score and score.against == "labels":
        return _out_of_fold(task, score, summary, config)
    if score:
        return _scored(task, score)
    if summary and summary.mean is not None:
        return _held_out(task, summary, config)
    meaning = "This run has no score yet: its training has not ended, or no samples were held out."
    return Headline(None, task.metric.name, None, meaning, "")


def _direction(task: Task) -> str:
    return "Higher is better" if task.metric.higher_is_better else "Lower is better"


def _scored(task: Task, score: ScoreRecord) -> Headline:
    interval, over = score.interval, f" ({counted(score.rows, 'row')})"
    meaning = (
        f"The {task.metric.name} of this run's submission against the answers{over}, which training did not use. "
        f"{_direction(task)}."
    )
    caution = "It was computed on this computer with the kit's metric, not by the contest's server. "
    if interval:
        caution += (
            "The 95% interval says how far the score could differ on other samples of the same kind; it does not cover "
            "training again with another seed, or data from another source."
        )
    else:
        caution += "No interval was computed, so small differences between submissions may be chance."
    return Headline(score.score, task.metric.name, interval, meaning, caution)


def _out_of_fold(task: Task, score: ScoreRecord, summary: Summary | None, config: Mapping[str, Any]) -> Headline:
    meaning = (
        f"The {task.metric.name} of the out-of-fold submission against the labels of its "
        f"{counted(score.rows, 'sample')}: each was predicted by a model that "
        f"did not learn from it. {_direction(task)}."
    )
    caution = "The data have no test part, so the training samples are what the submission answers. "
    caution += _optimism(summary, config) if summary else ""
    return Headline(score.score, f"{task.metric.name}, out of fold", score.interval, meaning, caution)


def _held_out(task: Task, summary: Summary, config: Mapping[str, Any]) -> Headline:
    folds = summary.folds
    mean = f"mean of {len(folds)} folds, " if len(folds) > 1 else ""
    meaning = (
        f"The {task.metric.name} ({mean}held out): measured on training samples that the model predicting them did not "
        f"learn from. {_direction(task)}."
    )
    caution = "It is not the score of the submission: there were no answers, and the test part may be harder. "
    caution += _optimism(summary, config)
    return Headline(summary.mean, f"{task.metric.name}, held out", None, meaning, caution)


def _optimism(summary: Summary, config: Mapping[str, Any]) -> str:
    """A sentence about what was chosen on the samples that the score is measured on, if anything was."""
    chosen = [name for name, used in (("epoch", config.get("patience")), ("fitted values", summary.tuned)) if used]
    if not chosen:
        return ""
    names = " and ".join(chosen) + (" was" if chosen == ["epoch"] else " were")
    return f"The best {names} chosen on these same samples, so this score is optimistic."


Tile = tuple[str, str, str]


def tiles(
    summary: Summary | None,
    score: ScoreRecord | None,
    check: CheckRecord | None,
    rows: Sequence[EpochRecord],
) -> list[Tile]:
    """(label, value, note) of the tiles beside the main score."""
    found: list[Tile] = []
    if score and score.rank is not None and score.of is not None:
        found.append(
            (
                "Rank",
                f"{number(score.rank)} of {number(score.of)}",
                "by public score, among your submissions and published results measured elsewhere",
            )
        )
    if summary and summary.mean is not None:
        found.append(_validation(summary))
    if check is not None:
        found.append(_submission(check))
    seconds = [row.seconds for row in rows]
    if seconds:
        found.append(("Training", duration(sum(seconds)), f"{counted(len(rows), 'epoch')} in all"))
    return found


def _validation(summary: Summary) -> Tile:
    count = len(summary.folds)
    if count < 2:
        return "Held out", number(summary.mean), "on one held-out part"
    spread = f" ± {number(summary.spread)}" if summary.spread is not None else ""
    return "Cross-validation", f"{number(summary.mean)}{spread}", f"mean and standard deviation of {count} folds"


def _submission(check: CheckRecord) -> Tile:
    rows = counted(check.rows, "row")
    if check.ok:
        warnings = len(check.warnings)
        return "Submission", "Accepted", rows + (f", {counted(warnings, 'warning')}" if warnings else ", no faults")
    return "Submission", "Refused", counted(check.total_faults, "fault")
