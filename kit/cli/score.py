"""``kit score``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.state import existing_file, existing_path, print_json, say, task


@click.command()
@click.argument("name", metavar="TASK")
@click.argument("file", type=existing_file)
@click.option(
    "--answers",
    type=existing_path,
    required=True,
    metavar="PATH",
    help="The answers, or a data folder that holds them.",
)
@click.option("--record", "recorded", is_flag=True, help="Add the score to the leaderboard.")
@click.option("--note", metavar="TEXT", help="A note for the leaderboard (with --record).")
@click.option("--bootstrap/--no-bootstrap", default=True, help="Compute the 95% interval (the default).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score(
    name: str, file: Path, answers: Path, recorded: bool, note: str | None, bootstrap: bool, as_json: bool
) -> None:
    """Score a submission against answers.

    A file that fails the check is not scored. --json prints task, metric, score, higher_is_better, interval
    ([low, high], 95%, or null), rows and details (the metric's further figures).

    \b
    Example: kit score digit_recognizer submission.csv --answers data/answers.csv
    """
    from kit.scoring import score as score_file

    if note is not None and not recorded:
        raise click.UsageError("--note goes with --record")
    chosen = task(name)
    result = score_file(chosen, file, answers, bootstrap=bootstrap, parts=recorded)
    for line in result.notes:
        say(f"note: {line}")
    if as_json:
        print_json(result.as_dict())
    else:
        _print(result.as_dict())
    if recorded:
        from kit.leaderboard import standing
        from kit.leaderboard.ledger import record, run_of

        record(result, run=run_of(chosen.name, file), note=note)
        say(f"recorded: {standing(chosen, result)}, by the public part of the answers")


def _print(result: dict[str, Any]) -> None:
    """The score, its interval and the single figures of the details, one a line."""
    from kit.leaderboard import shown

    direction = "higher" if result["higher_is_better"] else "lower"
    click.echo(f"{result['metric']} {shown(result['score'])} ({direction} is better)")
    if result["interval"]:
        low, high = map(shown, result["interval"])
        click.echo(f"95% interval {low} to {high} (bootstrap)")
    click.echo(f"rows {result['rows']}")
    for key, value in result["details"].items():
        if isinstance(value, float):
            click.echo(f"{key} {shown(value)}")
        elif isinstance(value, int | str):
            click.echo(f"{key} {value}")
    if any(isinstance(value, dict | list) for value in result["details"].values()):
        say("more details: --json")
