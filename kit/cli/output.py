"""The summary of a run for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
