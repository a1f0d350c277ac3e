"""``kit leaderboard``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.context import catalogue, find_task
from kit.cli.default_verb import DefaultVerb
from kit.cli.options import any_path, json_option
from kit.console import info, output, output_json, output_path, warn
from kit.errors import KitError

if TYPE_CHECKING:
    from kit.leaderboard import Board


@click.group("leaderboard", cls=DefaultVerb)
def command() -> None:
    """Rank the recorded submissions."""


@command.command("setup")
def setup() -> None:
    """Make the tables and roles in the team's database that KIT_LEDGER names (its owner does this once).

    \b
    Example: KIT_LEDGER=postgresql://owner@db/contest kit leaderboard setup
    """
    from kit.ledger import ledger_location
    from kit.ledger.setup import set_up

    location = ledger_location()
    if isinstance(location, Path):
        raise KitError(
            "there is no database to set up",
            expected="KIT_LEDGER=postgresql://USER@HOST/DATABASE",
            found=f"a ledger in a file, which needs no set-up: {location}",
        )
    set_up(location)
    info("the tables and roles are there; for each member: CREATE ROLE anna LOGIN; GRANT kit_player TO anna")


@command.command("show")
@click.argument("name", metavar="[TASK]", required=False)
@json_option
@click.option("--html", type=any_path, metavar="FILE", help="Write one self-contained page.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Show at most N rows of each board; --json shows all.",
)
@click.option("--reveal", is_flag=True, help="Show the private scores, and how they change the ranks.")
def show(name: str | None, as_json: bool, html: Path | None, limit: int, reveal: bool) -> None:
    """Rank the recorded submissions.

    Submissions are ranked by their score on the public part of the answers, together with the references that the
    task's plugin names. --reveal ranks by the private part. Only scores under the same answers are compared.
    How often private scores were shown is counted, and the board says it. A copy of each recorded file is kept in
    submissions/files/, named by its file_sha256.

    --json prints {"boards": [{"task", "title", "known", "metric", "higher_is_better", "answers_sha256", "revealed",
    "reveals", "entries": [{"rank", "name", "reference", "score", "interval", "private_rank", "private_score",
    "whole_score", "cv_mean", "cv_spread", "run", "file", "file_sha256", "config", "time", "note", "author", "host",
    "command", "parents", "split", "source"}]}]}; null where there is no value.

    \b
    Example: kit leaderboard digit_recognizer --html board.html
    """
    from kit.leaderboard import boards, page

    found = boards(catalogue().tasks, name, reveal=reveal, limit=None if as_json else limit)
    if name and not found:
        find_task(name)  # nothing is recorded, so an unknown name is an error that suggests the nearest task
    if reveal:
        found = _count_reveal(name, found)
    if html:
        from kit.files import write_text

        write_text(html, page(found))
    if as_json:
        output_json({"boards": [board.as_dict() for board in found]})
    elif html:
        output_path(html)
    else:
        _print(found)


def _count_reveal(name: str | None, found: Sequence[Board]) -> list[Board]:
    """Count that private scores are shown, where there are submissions; the boards with the new count."""
    from kit.ledger import record_reveal

    if all(row.reference for board in found for row in board.rows):
        return list(found)
    try:
        record_reveal(name)
    except KitError as error:  # a ledger that may only be read
        warn(f"this reveal could not be counted: {error}")
        return list(found)
    return [replace(board, reveals=board.reveals + 1) for board in found]


def _print(found: Sequence[Board]) -> None:
    from kit.leaderboard.table import board_text

    if found:
        output("\n\n".join(map(board_text, found)))
    if all(row.reference for board in found for row in board.rows):
        info("nothing has been recorded yet: kit run TASK --sample, or kit score TASK FILE --answers PATH --record")
