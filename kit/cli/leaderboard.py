"""``kit leaderboard``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.state import any_path, catalogue, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from kit.leaderboard import Board, Line


@click.command()
@click.argument("name", metavar="[TASK]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=any_path, metavar="FILE", help="Write one self-contained page.")
@click.option("--reveal", is_flag=True, help="Show the private scores, and how they change the ranks.")
def leaderboard(name: str | None, as_json: bool, html: Path | None, reveal: bool) -> None:
    """Rank what has been recorded.

    Submissions are ranked by their score on the public part of the answers, beside the references that the task's
    plugin names. --reveal ranks by the private part. Only scores under the same answers are compared.

    --json prints {"boards": [{"task", "title", "known", "metric", "higher_is_better", "answers_sha256", "revealed",
    "entries": [{"rank", "name", "reference", "score", "interval", "private_rank", "private_score", "whole_score",
    "cv_mean", "cv_spread", "run", "file", "file_sha256", "config", "time", "note", "split", "source"}]}]}; null where
    there is no value.

    \b
    Example: kit leaderboard digit_recognizer --html board.html
    """
    from kit.leaderboard import boards, page

    found = boards(catalogue().tasks, name, reveal=reveal)
    if name and not found:
        catalogue().task(name)  # neither recorded nor installed: name the nearest task
    if html:
        from kit.files import write_text

        write_text(html, page(found))
    if as_json:
        print_json({"boards": [board.as_dict() for board in found]})
    elif html:
        click.echo(html)
    else:
        _print(found)


def _print(found: Sequence[Board]) -> None:
    for number, board in enumerate(found):
        click.echo("\n" * bool(number), nl=False)
        _print_board(board)
    if not any(not line.reference for board in found for line in board.lines):
        say("nothing has been recorded yet: kit run TASK --sample, or kit score TASK FILE --answers PATH --record")


def _print_board(board: Board) -> None:
    """Print a board whole: wide names fold, figures never do, and a narrow window gets a wider table than it is."""
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(highlight=False, markup=False, emoji=False)
    direction = "higher" if board.higher_is_better else "lower"
    heads = [_printable(board.title) if board.known else f"{_printable(board.task)} (no plugin defines it any more)"]
    answers = f"; answers {board.answers_sha256[:12]}" if board.answers_sha256 and not board.held_out else ""
    heads += [f"{_printable(board.metric)}, {direction} is better{answers}", board.ranking]
    _echo("\n".join(heads))
    table = _table(board)
    console.width = max(console.width, 80, Measurement.get(console, console.options, table).minimum)
    with console.capture() as capture:
        console.print(table)
    _echo("\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n")
    references = [line for line in board.lines if line.reference]
    if references:
        _echo("* a reference, measured elsewhere and not on these answers:")
    for line in references:
        _echo(_printable(f"  {line.name}: {line.split}. {line.source}"))


def _echo(text: str) -> None:
    """Print, also where the output's encoding (a pipe on Windows) lacks a character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate({ord("–"): "..", ord("±"): "+-"}).encode(encoding, "replace").decode(encoding)
    click.echo(text)


def _table(board: Board) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Rank", justify="right", no_wrap=True)
    table.add_column("Entry", overflow="fold", min_width=14)
    for title in ["Private", "Public"] if board.by_private else ["Public"]:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    if any(line.cv_mean is not None for line in board.lines):
        table.add_column("CV", no_wrap=True)
    if not board.by_private:  # with both scores and both ranks there is no room for it in 80 columns
        table.add_column("Date (UTC)", no_wrap=True)
    for line in board.lines:
        table.add_row(*(Text(cell) for cell in _cells(board, line)))
    return table


def _cells(board: Board, line: Line) -> list[str]:
    from kit.leaderboard import shown, signed

    rank = str(line.rank)
    if board.by_private:
        rank = f"{line.private_rank} ({signed(line)})" if line.private_rank else "-"
    name = _printable(f"{line.name} *" if line.reference else line.name)
    cells = [rank, f"{name}\n{_printable(line.note)}" if line.note else name]
    cells += [shown(line.private_score)] if board.by_private else []
    cells += [shown(line.score), "–".join(map(shown, line.interval)) if line.interval else "-"]
    if any(other.cv_mean is not None for other in board.lines):
        cells += [shown(line.cv_mean) + ("" if line.cv_spread is None else f"±{shown(line.cv_spread)}")]
    return cells if board.by_private else [*cells, (line.time or "-")[:10]]


def _printable(text: object) -> str:
    """Text from files and plugins without control characters, which could rewrite the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
