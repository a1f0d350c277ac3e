"""A board as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.console import printable, table_text
from kit.leaderboard.board import Board, Row
from kit.wording import score_text

if TYPE_CHECKING:
    from rich.table import Table


def board_text(board: Board) -> str:
    """The board with its heading and its references.

    Long names are folded and numbers are never cut: in a narrow window the table is wider than the window.
    """
    lines = [*_heading(board), table_text(_table(board))]
    references = [row for row in board.rows if row.reference]
    if references:
        lines += ["", "* a reference, measured elsewhere and not on these answers:"]
    lines += [printable(f"  {row.name}: {row.split}. {row.source}", one_line=True) for row in references]
    return "\n".join(lines)


def _heading(board: Board) -> list[str]:
    title = board.title if board.known else f"{board.task} (no installed plugin defines it)"
    direction = "higher" if board.higher_is_better else "lower"
    answers = f"; answers {board.answers_sha256[:12]}" if board.answers_sha256 and not board.held_out else ""
    lines = [title, f"{board.metric}, {direction} is better{answers}", board.ranking]
    return [printable(line, one_line=True) for line in lines]


def _table(board: Board) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cross_validated = any(row.cv_mean is not None for row in board.rows)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Rank", justify="right", no_wrap=True)
    table.add_column("Entry", overflow="fold", min_width=14)
    for title in ["Private", "Public"] if board.by_private else ["Public"]:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    if cross_validated:
        table.add_column("CV", no_wrap=True)
    if not board.by_private:  # 80 columns have no room for it beside two scores and two ranks
        table.add_column("Date (UTC)", no_wrap=True)
    for row in board.rows:
        table.add_row(*(Text(cell) for cell in _cells(row, board.by_private, cross_validated)))
    return table


def _cells(row: Row, by_private: bool, cross_validated: bool) -> list[str]:
    rank = str(row.rank)
    if by_private:
        rank = f"{row.private_rank} ({row.rank_change})" if row.private_rank else "-"
    name = printable(f"{row.name} *" if row.reference else row.name, one_line=True)
    cells = [rank, f"{name}\n{printable(row.note, one_line=True)}" if row.note else name]
    cells += [score_text(row.private_score)] if by_private else []
    cells += [score_text(row.score), "–".join(map(score_text, row.interval)) if row.interval else "-"]
    if cross_validated:
        cells += [score_text(row.cv_mean) + ("" if row.cv_spread is None else f"±{score_text(row.cv_spread)}")]
    return cells if by_private else [*cells, (row.time or "-")[:10]]
