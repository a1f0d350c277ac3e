"""``kit leaderboard``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.contest_scores import add, fetch
from kit.cli.context import catalogue, find_task
from kit.cli.default_verb import DefaultVerb
from kit.cli.options import any_path, existing_file
from kit.cli.result import give_result, kit_command, wants_json
from kit.console import info, output, printable, warn
from kit.errors import KitError
from kit.wording import score_text

if TYPE_CHECKING:
    from kit.boards import Board
    from kit.boards.contest_board import ContestBoard


@click.group("leaderboard", cls=DefaultVerb)
def command() -> None:
    """Rank the recorded submissions."""


command.add_command(add)
command.add_command(fetch)


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
    text = "the tables and roles are there; for each member: CREATE ROLE anna LOGIN; GRANT kit_player TO anna"
    give_result({"ok": True}, lambda: info(text), next_steps=[kit_command("leaderboard")])


@command.command("show")
@click.argument("name", metavar="[TASK]", required=False)
@click.option("--html", type=any_path, metavar="FILE", help="Write one self-contained page.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Show at most N rows of each board; --json shows all.",
)
@click.option(
    "--board", "downloaded", type=existing_file, metavar="FILE", help="Kaggle's publicleaderboard.csv: rank and medal."
)
@click.option("--author", metavar="NAME", help="Only the submissions of one author.")
@click.option("--serve", "served", is_flag=True, help="Serve the page in a browser, for reading, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="The port of --serve; default: 8000.")
@click.option("--host", metavar="NAME", help="The address of --serve; default: this machine only.")
@click.option("--reveal", is_flag=True, help="Show the private scores, and how they change the ranks.")
def show(
    name: str | None,
    html: Path | None,
    limit: int,
    downloaded: Path | None,
    author: str | None,
    served: bool,
    port: int | None,
    host: str | None,
    reveal: bool,
) -> None:
    """Rank the recorded submissions.

    Submissions are ranked by their score on the public part of the answers, together with the references that the
    task's plugin names. --reveal ranks by the private part. Only scores under the same answers are compared.
    How often private scores were shown is counted, and the board says it. A copy of each recorded file is kept in
    submissions/files/, named by its file_sha256.

    Scores of the contest itself (add, fetch, kit submit) are compared with your CV: a fitted line, the rank
    correlation, how small a gain did not show, and what the number of attempts and the private part may change.

    \b
    Example: kit leaderboard digit_recognizer --html board.html
    """
    from kit.boards import boards, page
    from kit.boards.contest_board import contest_boards

    tasks = catalogue().tasks
    if served:
        _serve(host, port, others=bool(name or html or wants_json() or downloaded or author or reveal))
        return
    if port is not None or host is not None:
        raise click.UsageError("--port and --host go with --serve")
    found = boards(tasks, name, reveal=reveal, limit=None if wants_json() else limit, author=author)
    contests = contest_boards(tasks, name)
    if name and not found and not contests:
        find_task(name)  # nothing is recorded, so an unknown name is an error that suggests the nearest task
    if downloaded:
        _give_standing(downloaded, contests)
        return
    if html:
        from kit.files import write_text

        write_text(html, page(found, contests))
    boards_, contests_ = ([each.as_dict() for each in group] for group in (found, contests))
    give_result(
        {"boards": boards_, "contests": contests_, "html": html},
        None if html else lambda: _print(found, contests, author),
        path=html,
        next_steps=_next_steps(found),
    )


def _serve(host: str | None, port: int | None, *, others: bool) -> None:
    """Serve the page; its filters are on the page."""
    from kit.serve.app import LOOPBACK, serve

    if others:
        raise click.UsageError("--serve takes --port and --host only; tasks and authors are chosen on the page")
    if host not in (None, *LOOPBACK):
        warn(f"everybody who reaches {host} can read the page")
    serve(catalogue().tasks, host or LOOPBACK[0], 8000 if port is None else port, ready=output)


def _next_steps(found: Sequence[Board]) -> list[str]:
    """Compare the two best runs of the first board, if they are here and comparable; else report the best."""
    from kit.cli.output import comparable
    from kit.files import submissions_dir
    from kit.runs import Run

    names = [(board.task, row.run) for board in found[:1] for row in board.rows if row.run]
    runs = [Run(submissions_dir() / task / name) for task, name in dict.fromkeys(names)][:2]
    here = [run for run in runs if (run.path / "card.json").exists()]
    if len(here) > 1 and comparable(*here):
        return [kit_command("compare", *(run.name for run in here))]
    return [kit_command("report", here[0].name)] if here else []


def _give_standing(downloaded: Path, contests: Sequence[ContestBoard]) -> None:
    """Print the rank of the best public score on a downloaded board, and the medal."""
    from kit.boards.kaggle_board import board_standing, read_board

    if len(contests) != 1 or not contests[0].scored:
        raise KitError(
            "a downloaded board needs one task with a score of the contest",
            found=", ".join(board.task for board in contests) or "none",
            remedy="kit leaderboard add RUN --public X, then kit leaderboard TASK --board FILE",
        )
    higher, best = contests[0].higher_is_better, contests[0].scored[0]
    standing = board_standing(
        best.public_score or 0.0, read_board(downloaded, higher_is_better=higher), higher_is_better=higher
    )
    line = printable(f"{best.name}: {score_text(best.public_score)}, {standing}", one_line=True)
    give_result(
        {"task": contests[0].task, "name": best.name, "score": best.public_score, "standing": standing},
        lambda: output(line),
    )


def _print(found: Sequence[Board], contests: Sequence[ContestBoard], author: str | None) -> None:
    from kit.boards.contest_text import contest_text
    from kit.boards.table import board_text

    if found or contests:
        output("\n\n".join([*map(board_text, found), *map(contest_text, contests)]))
    if contests or not all(row.reference for board in found for row in board.rows):
        return
    if author is not None and found:
        info(f"no submission of {author} is recorded")
    else:
        info("nothing has been recorded yet: kit run TASK --sample, or kit score TASK FILE --answers PATH --record")
