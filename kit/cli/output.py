"""The outcome of a run: its fields for --json, its summary for the user, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.cli.result import kit_command
from kit.console import info
from kit.errors import KitError
from kit.wording import score_text

if TYPE_CHECKING:  # the pipeline must not be loaded by quick verbs
    from kit.outcome import Outcome
    from kit.runs import Run


def print_outcome(outcome: Outcome) -> None:
    """Print a submission's score with its interval, its rank and the report's path on standard error."""
    score = outcome.score
    if score is not None:
        low, high = map(score_text, score.interval or (None, None))
        interval = "" if score.interval is None else f" (95% interval {low} to {high})"
        info(f"score: {score.metric} {score_text(score.score)}{interval}")
    if score is None and outcome.standing is not None:
        info("there are no answers beside the data: the submission is ranked by its held-out score")
    elif score is None:
        info("there are no answers, and the runs held out no sample in common: nothing is recorded or ranked")
    if outcome.standing is not None:
        info(outcome.standing)
    if outcome.report is not None:
        info(f"report: {outcome.report}")


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """The outcome by the keys of ``docs/json.md``."""
    summary = outcome.run.find_summary()
    held_out = None if summary is None else {"metric": summary.metric, "mean": summary.mean, "spread": summary.spread}
    return {
        "task": outcome.run.task_name,
        "run": outcome.run.name,
        "path": outcome.run.path,
        "submission": outcome.submission,
        "check": outcome.check.as_dict(),
        "held_out": held_out,
        "score": None if outcome.score is None else outcome.score.as_dict(),
        "standing": outcome.standing,
        "report": outcome.report,
    }


def outcome_steps(outcome: Outcome) -> list[str]:
    """What to type after a submission was written: the board, and the comparison with the run before."""
    steps = [kit_command("leaderboard", outcome.run.task_name)] if outcome.standing is not None else []
    before = _run_before(outcome.run)
    return steps if before is None else [*steps, kit_command("compare", before.name, outcome.run.name)]


def _run_before(run: Run) -> Run | None:
    """The newest earlier run with a summary, if it is one of the same training samples."""
    from kit.runs import every_run

    earlier = [each for each in every_run(run.task_name) if each.name < run.name]
    last = next((each for each in reversed(earlier) if (each.path / "summary.json").exists()), None)
    return last if last is not None and comparable(last, run) else None


def comparable(first: Run, second: Run) -> bool:
    """Whether two runs have held something out of the same samples; false for a damaged run."""
    try:
        same = first.card.samples == second.card.samples
        return same and all(any(fold.samples for fold in run.summary.folds) for run in (first, second))
    except KitError:
        return False
