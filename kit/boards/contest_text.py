"""The submissions to a contest as a table for the terminal, with what their scores say."""

from __future__ import annotations

from collections.abc import Sequence

from kit.boards.contest_board import ContestBoard
from kit.console import printable
from kit.ledger.contest_scores import ContestScore
from kit.wording import score_text

TITLES = ("Public", "Private", "CV", "Date (UTC)", "Author", "Submission")


def contest_text(board: ContestBoard) -> str:
    """The table and one line for each finding."""
    rows = [TITLES, *map(_cells, board.scores)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{board.task}: scores of the contest itself ({board.metric})"]
    lines += [_line(row, widths) for row in rows]
    return "\n".join([*lines, *(printable(f"- {line}", one_line=True) for line in board.sentences())])


def _cells(score: ContestScore) -> tuple[str, ...]:
    numbers = map(score_text, (score.public_score, score.private_score, score.cv_mean))
    note = f" ({score.note})" if score.note else ""
    texts = (score.time[:10], score.author or "-", f"{score.name}{note}")
    return (*numbers, *(printable(text, one_line=True) for text in texts))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if at < 3 else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()
