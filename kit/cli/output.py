"""How results are printed: JSON, text for any encoding, and what a submission reached."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from kit.console import say
from kit.wording import score_text

if TYPE_CHECKING:  # the pipeline must not be loaded by quick verbs
    from kit.pipeline import Outcome


def print_json(value: Any) -> None:
    """Print a result as JSON on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_text(text: str) -> None:
    """Print on standard output, replacing what its encoding (of a pipe on Windows) does not have."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate({ord("–"): "..", ord("±"): "+-"}).encode(encoding, "replace").decode(encoding)
    click.echo(text)


def print_outcome(outcome: Outcome) -> None:
    """Print a submission's score with its interval, its rank and the report's path on standard error."""
    judged = outcome.judged
    if judged.score is not None:
        score = judged.score
        low, high = map(score_text, score.interval or (None, None))
        interval = "" if score.interval is None else f" (95% interval {low} to {high})"
        say(f"score: {score.metric} {score_text(score.score)}{interval}")
    if judged.standing is not None:
        say(f"{judged.standing}; kit leaderboard {outcome.run.task_name}")
    if outcome.report is not None:
        say(f"report: {outcome.report}")
