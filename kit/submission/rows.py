"""From lines to columns: a pattern takes clean lines by the block, and each other line is judged by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from kit.format import Column, Format
from kit.submission.cells import INTEGER, QUOTES, Trouble, clean_lines, judge, plain_number, strip
from kit.submission.faults import Faults
from kit.submission.header import Layout
from kit.submission.tokens import quotes

DTYPES = {"integer": np.int64, "number": np.float64, "text": object}


@dataclass
class Batch:
    """The cells of consecutive good lines, a list a column, and their line numbers."""

    cells: list[list[str]]
    lines: list[int] = field(default_factory=list)


@dataclass
class Rows:
    """Everything read so far.

    ``values`` holds one list of arrays a column for the good rows (of the id alone unless ``keep``); ``lines`` their
    line numbers. ``spoilt`` holds (line, id or None, sure) of the rows with a fault: their ids still count as given,
    those that are not ``sure`` (a cut last line) only where nothing else gives them.
    """

    format: Format
    layout: Layout
    faults: Faults
    ids: Sequence[str] | None
    first_line: int
    keep: bool
    fast: bool = True
    values: dict[str, list[np.ndarray]] = field(default_factory=dict)
    lines: list[np.ndarray] = field(default_factory=list)
    spoilt: list[tuple[int, str | None, bool]] = field(default_factory=list)
    last_line: int = 0
    clean: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        delimiter = self.layout.delimiter
        self.clean = clean_lines(self.layout.columns, delimiter, quotes(delimiter)) if self.fast else re.compile("")

    def place_id(self, line: int) -> str | None:
        """The id of a line in a format whose ids are places."""
        place = line - self.first_line
        return self.ids[place] if self.ids is not None and 0 <= place < len(self.ids) else None

    def batch(self) -> Batch:
        """An empty batch for this layout."""
        return Batch([[] for _ in self.layout.columns])

    def take_clean(self, batch: Batch, block: str, at: int, line: int) -> tuple[int, int]:
        """Move the clean lines from ``at`` on into the batch; return where they end and how many they are."""
        match = self.clean.match(block, at)
        end = match.end() if match else at
        if end == at:
            return at, 0
        text = block[at:end]
        if "\r" in text:
            text = text.replace("\r", "")
        if '"' in text and quotes(self.layout.delimiter):
            text = text.replace('"', "")
        width = len(self.layout.columns)
        cells = text.replace("\n", self.layout.delimiter).split(self.layout.delimiter)
        cells.pop()
        for index, column in enumerate(batch.cells):
            column.extend(islice(cells, index, None, width))
        count = len(cells) // width
        batch.lines.extend(range(line, line + count))
        return end, count

    def add(self, batch: Batch) -> None:
        """Turn a batch into arrays; judge what the pattern cannot: ranges, infinity and rules."""
        if not batch.lines:
            return
        self.last_line = max(self.last_line, batch.lines[-1])
        columns = list(zip(self.layout.columns, batch.cells, strict=True))
        arrays = {column.name: _array(column, cells) for column, cells in columns if column is not None}
        troubled = sorted(
            {row for column, cells in columns if column for row in _suspects(column, cells, arrays[column.name])}
        )
        good = np.ones(len(batch.lines), dtype=bool)
        for row in troubled:
            good[row] = self._is_good(batch, row)
        lines = np.array(batch.lines, dtype=np.int64)
        for name, array in arrays.items():
            if self.keep or name == self.format.id:
                self.values.setdefault(name, []).append(array if good.all() else array[good])
        self.lines.append(lines if good.all() else lines[good])

    def _is_good(self, batch: Batch, row: int) -> bool:
        cells = [column[row] for column in batch.cells]
        troubles = [judge(column, cell) for column, cell in zip(self.layout.columns, cells, strict=True) if column]
        return not self.report(batch.lines[row], cells, [trouble for trouble in troubles if trouble])

    def report(self, line: int, cells: Sequence[str], troubles: Sequence[Trouble], sure: bool = True) -> bool:
        """Add a row's faults, and remember its id; whether there were any."""
        if not troubles:
            return False
        id = self.id_of(cells)
        shown = self.place_id(line) if self.format.id is None else id
        for trouble in troubles:
            self.faults.add(trouble.kind, line, shown, trouble.expected, trouble.found, trouble.remedy)
        self.spoil(line, id, sure)
        return True

    def spoil(self, line: int, id: str | None, sure: bool = True) -> None:
        """Remember the id of a row with a fault."""
        self.spoilt.append((line, id, sure))
        self.last_line = max(self.last_line, line)

    def id_of(self, cells: Sequence[str]) -> str | None:
        """The id that a row means, even if it is spelt wrongly (`7.0`); None where there is none."""
        place = self.layout.place(self.format.id)
        if place is None or place >= len(cells):
            return None
        return meant_id(self.format.column(self.format.id or ""), cells[place])


def meant_id(column: Column, cell: str) -> str | None:
    """The id that a cell means: without spaces and quotes, as a plain integer where ids are integers."""
    inner = strip(strip(cell.replace("\x00", "")).strip(QUOTES))
    if column.kind != "integer":
        return inner or None
    plain = plain_number(inner)
    return plain if plain and INTEGER.fullmatch(plain) else inner or None


def _array(column: Column, cells: list[str]) -> np.ndarray:
    """The cells of a column as int64, float64 or objects, shape (rows,)."""
    if column.kind == "integer":
        return np.array(list(map(int, cells)), dtype=np.int64)
    if column.kind == "number":
        return np.array(list(map(float, cells)), dtype=np.float64)
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def _suspects(column: Column, cells: list[str], values: np.ndarray) -> list[int]:
    """The rows that break the column's range or rule."""
    if column.kind == "text":
        rule = column.rule
        return [row for row, cell in enumerate(cells) if rule(cell)] if rule else []
    bad = ~np.isfinite(values) if column.kind == "number" else np.zeros(len(values), dtype=bool)
    if column.low is not None:
        bad |= values < column.low
    if column.high is not None:
        bad |= values > column.high
    return list(map(int, np.flatnonzero(bad)))
