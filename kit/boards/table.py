"""A board as a table for the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from kit.boards.board import Board, Row
from kit.console import MINIMUM_WIDTH, printable
from kit.wording import counted, score_text

ENTRY = 1  # the column that is folded
SHORTEST_ENTRY = 14  # columns of a terminal
RIGHT = ("Rank", "Private", "Public")

Cells = tuple[str, ...]


def board_text(board: Board) -> str:
    """The board with its heading and its references.

    Long names are folded and numbers are never cut: in a narrow window the table is wider than the window. The time is
    linear in the number of rows.
    """
    lines = [*_heading(board), *_table(board)]
    if board.total > len(board.rows):
        lines.append(f"... and {board.total - len(board.rows):,} more (--limit N shows more, --json all)")
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
    if board.reveals:
        lines.append(f"private scores have been shown {counted(board.reveals, 'time')}")
    return [printable(line, one_line=True) for line in lines]


def _table(board: Board) -> Iterator[str]:
    by_private, cross_validated = board.by_private, any(row.cv_mean is not None for row in board.rows)
    titles = ["Rank", "Entry", *(["Private"] if by_private else []), "Public", "95% interval"]
    titles += ["CV"] if cross_validated else []
    titles += [] if by_private else ["Date (UTC)"]  # beside two scores and two ranks, 80 columns have no room for it
    rows = [_cells(row, by_private, cross_validated) for row in board.rows]
    if len({row.author for row in board.rows if row.author}) > 1:  # a team's board
        titles.append("Author")
        authors = [printable(row.author or "-", one_line=True) for row in board.rows]
        rows = [(*cells, author) for cells, author in zip(rows, authors, strict=True)]
    widths = [max(map(_width, column)) for column in zip(titles, *rows, strict=True)]
    names = max((_width(part) for row in rows for part in row[ENTRY].split("\n")), default=0)
    room = max(shutil.get_terminal_size().columns, MINIMUM_WIDTH) - sum(widths) + widths[ENTRY] - len(widths) + 1
    widths[ENTRY] = max(SHORTEST_ENTRY, min(names, room))
    right = [title in RIGHT for title in titles]
    yield _line(titles, widths, right)
    yield "─" * (sum(widths) + len(widths) - 1)
    for row in rows:
        entry = [line for part in row[ENTRY].split("\n") for line in _folded(part, widths[ENTRY])]
        yield _line([*row[:ENTRY], entry[0], *row[ENTRY + 1 :]], widths, right)
        yield from (_line(["", line], widths, right) for line in entry[1:])


def _cells(row: Row, by_private: bool, cross_validated: bool) -> Cells:
    rank = str(row.rank)
    if by_private:
        rank = f"{row.private_rank} ({row.rank_change})" if row.private_rank else "-"
    name = printable(f"{row.name} *" if row.reference else row.name, one_line=True)
    more = [row.note, f"average of {', '.join(row.parents)}" if row.parents else None]
    cells = [rank, "\n".join([name, *(printable(line, one_line=True) for line in more if line)])]
    cells += [score_text(row.private_score)] if by_private else []
    cells += [score_text(row.score), "–".join(map(score_text, row.interval)) if row.interval else "-"]
    if cross_validated:
        cells += [score_text(row.cv_mean) + ("" if row.cv_spread is None else f"±{score_text(row.cv_spread)}")]
    return tuple(cells if by_private else [*cells, printable((row.time or "-")[:10], one_line=True)])


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, width, at_right in zip(cells, widths, right, strict=False):
        space = " " * (width - _width(cell))
        padded.append(space + cell if at_right else cell + space)
    return " ".join(padded).rstrip()


def _folded(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` columns, broken between words, and within those that are longer."""
    if _width(text) <= width:
        return [text]
    from rich.cells import chop_cells

    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if _width(joined) <= width:
            lines[-1] = joined
        else:
            lines += [part for part in chop_cells(word, width) if part]
    return [line for line in lines if line] or [""]


def _width(text: str) -> int:
    """How many columns of a terminal a text takes; Chinese characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
