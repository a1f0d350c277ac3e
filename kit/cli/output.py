"""The outcome of a run: its fields for --json, its summary for the user, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.cli.result import kit_command
from kit.console import info
from kit.wording import score_text

if TYPE_CHECKING:  # the pipeline must not be loaded by quick verbs
    from kit.outcome import Outcome


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
        info(f"{outcome.standing}; kit leaderboard {outcome.run.task_name}")
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
    from kit.runs import every_run

    task = outcome.run.task_name
    steps = [kit_command("leaderboard", task)] if outcome.standing is not None else []
    before = [
        run.name for run in every_run(task) if run.name < outcome.run.name and (run.path / "summary.json").exists()
    ]
    return [*steps, kit_command("compare", before[-1], outcome.run.name)] if before else steps
