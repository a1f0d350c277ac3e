"""``kit score``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.options import existing_file, existing_path, task_argument
from kit.cli.result import give_result, kit_command
from kit.console import info, output
from kit.contract.task import Task
from kit.wording import score_text

if TYPE_CHECKING:
    from kit.boards import Standing
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
def command(task: Task, file: Path, answers: Path | None, recorded: bool, note: str | None, bootstrap: bool) -> None:
    """Score a submission against the answers.

    A file that fails the check is not scored.

    \b
    Example: kit score digit_recognizer submission.csv --answers data/answers.csv
    """
    from kit.scoring import score

    if note is not None and not recorded:
        raise click.UsageError("--note goes with --record")
    answers = answers or _answers_apart(task)
    result = score(task, file, answers, bootstrap=bootstrap, parts=recorded)
    for line in result.notes:
        info(f"note: {line}")
    rank: Standing | None = None
    if recorded:
        from kit.boards import record, run_of, standing

        record(result, run=run_of(task.name, file), note=note, submission=file)
        rank = standing(task, result)
    again = kit_command("score", task.name, file, "--answers", answers, "--record")
    give_result(
        {**result.as_dict(), "notes": result.notes, "standing": rank},
        lambda: _print(result, rank),
        next_steps=[kit_command("leaderboard", task.name) if recorded else again],
    )


def _answers_apart(task: Task) -> Path:
    from kit.scoring import answers_apart

    if (path := answers_apart(task)) is None:
        raise click.UsageError(f"Missing option '--answers', and KIT_ANSWERS/{task.name}/{task.answers} is not there.")
    return path


def _print(result: Score, rank: Standing | None) -> None:
    """Print the score, its interval, every single value of the details, one a line, and the rank."""
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
    if rank is not None:
        info(f"recorded: {rank}, by the public part of the answers")
