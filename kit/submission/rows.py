"""From lines to columns: a pattern takes clean lines by the block, and each other line is judged by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from kit.contract.format import Column, Format
from kit.submission.cells import INTEGER, QUOTES, Trouble, clean_lines, judge, plain_number, strip
from kit.submission.faults import Faults
from kit.submission.header import Layout
from kit.submission.ids import Given
from kit.submission.tokens import quotes

REMEMBERED = 10_000
REMEMBERED_LENGTH = 40
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
    line numbers. Rows with a fault are counted in ``spoilt``, and the ids they mean still count as given: they are in
    ``spoilt_ids``. ``cut`` is a last line that ends within its first cell: its number, id and what is wrong.
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
    spoilt: int = 0
    spoilt_ids: list[Given] = field(default_factory=list)
    cut: tuple[int, str | None, Trouble] | None = None
    pending: list[tuple[int, str]] = field(default_factory=list)
    last_line: int = 0
    known: dict[tuple[int, str], Trouble] = field(default_factory=dict)
    clean: re.Pattern[str] = field(init=False)
    id_column: Column | None = field(init=False)
    id_place: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.id_column = None if self.format.id is None else self.format.column(self.format.id)
        self.id_place = self.layout.place(self.format.id)
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
        return not self.report(batch.lines[row], cells, self.judge(cells))

    def report(self, line: int, cells: Sequence[str], troubles: Sequence[Trouble]) -> bool:
        """Add a row's faults, and remember its id; whether there were any."""
        if not troubles:
            return False
        id = self.id_of(cells)
        shown = self.place_id(line) if self.id_column is None else id
        for trouble in troubles:
            self.faults.add(trouble.kind, line, shown, trouble.expected, trouble.found, trouble.remedy)
        self.spoil(line, id)
        return True

    def spoil(self, line: int, id: str | None) -> None:
        """Count a row with a fault, and remember the id it means."""
        self.spoilt += 1
        if id is not None:
            self.pending.append((line, id))
        self.last_line = max(self.last_line, line)

    def settle(self) -> None:
        """End a block: pack the ids of spoilt rows into arrays, a tenth of the lists' memory."""
        column = self.id_column
        if self.pending and column is not None:
            pairs = [(line, id) for line, id in self.pending if column.kind != "integer" or _fits(id)]
            lines = np.array([line for line, _ in pairs], dtype=np.int64)
            self.spoilt_ids.append(Given(_array(column, [id for _, id in pairs]), lines))
        self.pending.clear()
        self.faults.settle()

    def judge(self, cells: Sequence[str]) -> list[Trouble]:
        """What is wrong with a row's cells. One mistake is often made a million times, so troubles are remembered."""
        found = []
        for place, (column, cell) in enumerate(zip(self.layout.columns, cells, strict=True)):
            if column is None:
                continue
            trouble = self.known.get((place, cell)) or judge(column, cell)
            if trouble:
                found.append(trouble)
                if len(cell) <= REMEMBERED_LENGTH and len(self.known) < REMEMBERED:
                    self.known[place, cell] = trouble
        return found

    def id_of(self, cells: Sequence[str]) -> str | None:
        """The id that a row means, even if it is spelt wrongly (`7.0`); None where there is none."""
        if self.id_column is None or self.id_place is None or self.id_place >= len(cells):
            return None
        return meant_id(self.id_column, cells[self.id_place])


def meant_id(column: Column, cell: str) -> str | None:
    """The id that a cell means: without spaces and quotes, as a plain integer where ids are integers."""
    if column.kind == "integer" and INTEGER.fullmatch(cell):
        return cell
    inner = strip(strip(cell.replace("\x00", "")).strip(QUOTES))
    if column.kind != "integer":
        return inner or None
    plain = plain_number(inner)
    return plain if plain and INTEGER.fullmatch(plain) else inner or None


def _fits(id: str) -> bool:
    """Whether an id is an integer of 64 bits."""
    return len(id) <= 20 and INTEGER.fullmatch(id) is not None and -(1 << 63) <= int(id) < 1 << 63


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
