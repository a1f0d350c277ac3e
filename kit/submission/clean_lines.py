"""The scanner of clean lines, by which a million rows are checked in about a second.

Nearly every line of nearly every submission is a plain row: the right number of cells, each of the right form. One
regular expression describes such a line from the declared columns, and ``(?:line\\n)*`` matches as many of them as
follow each other in a block of text, in C. The matched text is split into cells by one call of ``str.split``, and every
column is a slice of the result with the number of columns as its step; NumPy then compares whole columns with their
ranges. Only the first line that does not match is checked by itself, character by character and with a message for
everything that can be wrong (:mod:`kit.submission.line_faults`); then the scanner goes on behind it.

The pattern is narrower than the rules of a cell, never wider: a line that it misses costs time, and a line that it took
wrongly would be a fault that nobody finds. Two readers, one with and one without it, are compared on mutated files by
the tests. Each of its parts can match in one way only and nothing follows the repetition, so that the matching never
goes back over earlier lines and takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from kit.contract.format import Column
from kit.submission.cells import FORBIDDEN, number_pattern
from kit.submission.header import HeaderLayout
from kit.submission.quoting import has_quoting


@dataclass
class Batch:
    """The cells of consecutive well-formed lines, one list for each column, and the numbers of these lines."""

    cells: list[list[str]]
    lines: list[int] = field(default_factory=list)

    def append(self, cells: Sequence[str], line: int) -> None:
        """Add the cells of one line."""
        for column, cell in zip(self.cells, cells, strict=True):
            column.append(cell)
        self.lines.append(line)


class CleanLines:
    """Takes runs of clean lines out of a block of text. ``enabled=False`` takes none, for tests of the other way."""

    def __init__(self, layout: HeaderLayout, *, enabled: bool = True) -> None:
        self._width = len(layout.columns)
        self._delimiter = layout.delimiter
        self._quoting = has_quoting(layout.delimiter)
        self._pattern = clean_pattern(layout.columns, layout.delimiter, self._quoting) if enabled else re.compile("")

    def take(self, batch: Batch, block: str, at: int, line: int) -> tuple[int, int]:
        """Move the clean lines from position ``at`` on into the batch; return where they end and how many they are."""
        match = self._pattern.match(block, at)
        end = match.end() if match else at
        if end == at:
            return at, 0
        text = block[at:end]
        if "\r" in text:
            text = text.replace("\r", "")
        if self._quoting and '"' in text:
            text = text.replace('"', "")
        cells = text.replace("\n", self._delimiter).split(self._delimiter)
        cells.pop()
        for index, column in enumerate(batch.cells):
            column.extend(islice(cells, index, None, self._width))
        count = len(cells) // self._width
        batch.lines.extend(range(line, line + count))
        return end, count


def clean_pattern(columns: Sequence[Column | None], delimiter: str, quoting: bool) -> re.Pattern[str]:
    """Compile the pattern of any number of lines whose cells are well-formed; range, rule and infinity are not checked.

    None stands for a column that the format does not have. Integers have at most 18 digits here: they fit in 64 bits.
    """
    cells = [_cell_pattern(column, delimiter, quoting) for column in columns]
    # A line without a character is a blank line, even if its only cell may be blank.
    line = re.escape(delimiter).join(cells) if len(cells) > 1 else rf"(?=[^\s]){cells[0]}"
    return re.compile(rf"(?:{line}\r?\n)*")


def _cell_pattern(column: Column | None, delimiter: str, quoting: bool) -> str:
    no = re.escape(delimiter) + ('"' if quoting else "") + FORBIDDEN
    if column is None:
        cell = rf"[^{no}]*"
    elif column.kind == "integer":
        cell = r"(?:0|-?[1-9][0-9]{0,17})"
    elif column.kind == "number":
        whole = column.decimal == delimiter  # others are quoted
        cell = r"[+-]?[0-9]+" if whole else number_pattern(column).pattern
    else:
        cell = rf"[^\s{no}](?:[^{no}]*[^\s{no}])?"
        cell = f"(?:{cell})?" if column.blank else cell
    return rf'(?:"{cell}"|{cell})' if quoting else cell
