"""``kit score``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.options import existing_file, existing_path, json_option, task_argument
from kit.console import info, output, output_json
from kit.contract.task import Task
from kit.wording import score_text

if TYPE_CHECKING:
    from kit.scoring import Score


@click.command("score")
@task_argument
@click.argument("file", type=existing_file)
@click.option(
    "--answers",
    type=existing_path,
    metavar="PATH",
    help="The answers, or a data folder that holds them; default: KIT_ANSWERS/TASK/.",
)
@click.option("--record", "recorded", is_flag=True, help="Add the score to the leaderboard.")
@click.option("--note", metavar="TEXT", help="A note for the leaderboard (with --record).")
@click.option("--bootstrap/--no-bootstrap", default=True, help="Compute the 95% interval (the default).")
@json_option
def command(
    task: Task, file: Path, answers: Path | None, recorded: bool, note: str | None, bootstrap: bool, as_json: bool
) -> None:
    """Score a submission against the answers.

    A file that fails the check is not scored. --json prints {"task", "metric", "score", "higher_is_better", "interval",
    "rows", "details"}; "interval" is [low, high], 95%, or null, and "details" holds the metric's other values.

    \b
    Example: kit score digit_recognizer submission.csv --answers data/answers.csv
    """
    from kit.scoring import score

    if note is not None and not recorded:
        raise click.UsageError("--note goes with --record")
    result = score(task, file, answers or _answers_apart(task), bootstrap=bootstrap, parts=recorded)
    for line in result.notes:
        info(f"note: {line}")
    if as_json:
        output_json(result.as_dict())
    else:
        _print(result)
    if recorded:
        from kit.boards import record, run_of, standing

        record(result, run=run_of(task.name, file), note=note, submission=file)
        info(f"recorded: {standing(task, result)}, by the public part of the answers")


def _answers_apart(task: Task) -> Path:
    from kit.scoring import answers_apart

    if (path := answers_apart(task)) is None:
        raise click.UsageError(f"Missing option '--answers', and KIT_ANSWERS/{task.name}/{task.answers} is not there.")
    return path


def _print(result: Score) -> None:
    """Print the score, its interval and every single value of the details, one a line."""
    direction = "higher" if result.higher_is_better else "lower"
    output(f"{result.metric} {score_text(result.score)} ({direction} is better)")
    if result.interval:
        low, high = map(score_text, result.interval)
        output(f"95% interval {low} to {high}")
    output(f"rows {result.rows}")
    details = result.as_dict()["details"]
    for key, value in details.items():
        if isinstance(value, float):
            output(f"{key} {score_text(value)}")
        elif isinstance(value, int | str):
            output(f"{key} {value}")
    if any(isinstance(value, dict | list) for value in details.values()):
        info("more details: --json")
