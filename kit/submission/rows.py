"""The rows of a file while it is read: the values of the good ones, the faults of the others, the ids of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kit.contract.format import Column, Format, Table
from kit.submission.cells import INTEGER, QUOTES, CellFault, check_cell, plain_number, strip
from kit.submission.clean_lines import Batch
from kit.submission.faults import Faults
from kit.submission.header import HeaderLayout
from kit.submission.id_faults import GivenIds, id_of_cut
from kit.submission.ids import Ids

REMEMBERED = 10_000
REMEMBERED_LENGTH = 40
DTYPES = {"integer": np.int64, "number": np.float64, "text": object}


@dataclass(frozen=True)
class RowSchema:
    """What is known before the first row: the format, the columns' order, the contest's ids and where rows begin.

    ``keep`` says whether the values of all columns are kept, or those of the id only.
    """

    format: Format
    layout: HeaderLayout
    ids: Ids | None
    first_line: int
    keep: bool

    @property
    def id_column(self) -> Column | None:
        """The column of ids; None if a row's number is its id."""
        return None if self.format.id is None else self.format.column(self.format.id)

    @property
    def has_id_cell(self) -> bool:
        """Whether the lines have a cell for the id."""
        return self.layout.position(self.format.id) is not None

    @property
    def kept(self) -> list[Column]:
        """The columns whose values are kept, in the file's order."""
        columns = [column for column in self.layout.columns if column is not None]
        return [column for column in columns if self.keep or column.name == self.format.id]

    def numbered_id(self, line: int) -> str | None:
        """Return the id of a line if the format has no column of ids: the contest's id at this row's position."""
        row = line - self.first_line
        if self.format.id is not None or self.ids is None or not 0 <= row < len(self.ids):
            return None
        return self.ids[row]

    def id_of(self, cells: Sequence[str]) -> str | None:
        """Return the id that a row means, even if it is written wrongly (`7.0`); None if there is none."""
        position = self.layout.position(self.format.id)
        if self.id_column is None or position is None or position >= len(cells):
            return None
        return meant_id(self.id_column, cells[position])


class Rows:
    """Collects the rows of one file. Every other module adds to it by its methods; :mod:`checker` reads the result.

    Good rows become arrays, a block of lines at a time. Rows with a fault are counted, and the ids that they mean count
    as given, so that a wrong value is not also reported as a missing id.
    """

    def __init__(self, schema: RowSchema, faults: Faults) -> None:
        self.schema = schema
        self._faults = faults
        self._values: dict[str, list[np.ndarray]] = {column.name: [] for column in schema.kept}
        self._lines: list[np.ndarray] = []
        self._good = 0
        self._faulty = 0
        self._faulty_ids: list[GivenIds] = []
        self._pending: list[tuple[int, str]] = []  # line and id of the block's faulty rows
        self._cut: tuple[int, str | None, CellFault] | None = None
        self._last_line = 0
        self._known: dict[tuple[int, str], CellFault] = {}

    def __len__(self) -> int:
        """Count the rows, faulty ones included."""
        if self.schema.format.id is None:
            return max(0, self._last_line - self.schema.first_line + 1)
        return self._good + self._faulty + (self._cut is not None)

    def batch(self) -> Batch:
        """Return an empty batch for these columns."""
        return Batch([[] for _ in self.schema.layout.columns])

    def add(self, batch: Batch) -> None:
        """Turn a batch into arrays, and check what the pattern of clean lines does not: ranges, infinity and rules."""
        if not batch.lines:
            return
        self._last_line = max(self._last_line, batch.lines[-1])
        columns = list(zip(self.schema.layout.columns, batch.cells, strict=True))
        arrays = {column.name: _array(column, cells) for column, cells in columns if column is not None}
        suspects = sorted({row for c, cells in columns if c for row in _suspects(c, cells, arrays[c.name])})
        good = np.ones(len(batch.lines), dtype=bool)
        for row in suspects:
            cells = [column[row] for column in batch.cells]
            found = self.cell_faults(cells)
            good[row] = not found
            self.add_faults(batch.lines[row], cells, found)
        lines = np.array(batch.lines, dtype=np.int64)
        for name, kept in self._values.items():
            kept.append(arrays[name] if good.all() else arrays[name][good])
        self._lines.append(lines if good.all() else lines[good])
        self._good += len(self._lines[-1])

    def add_faults(self, line: int, cells: Sequence[str], found: Sequence[CellFault]) -> None:
        """Report what is wrong with a row, and count the row and its id; nothing if nothing is wrong."""
        if not found:
            return
        id = self.schema.id_of(cells)
        shown = self.schema.numbered_id(line) if self.schema.id_column is None else id
        for fault in found:
            self._faults.add(fault.kind, line, shown, fault.expected, fault.found, fault.remedy)
        self._add_faulty(line, id)

    def add_non_row(self, line: int, fault: CellFault) -> None:
        """Report a line that is not a row at all; it takes a row's number if these are the ids."""
        self._faults.add(fault.kind, line, None, fault.expected, fault.found, fault.remedy)
        if self.schema.format.id is None:
            self._add_faulty(line, None)

    def add_cut_line(self, line: int, cells: Sequence[str], fault: CellFault) -> None:
        """Keep a last line that ends within its id until all ids are known."""
        self._cut = (line, self.schema.id_of(cells), fault)

    def cell_faults(self, cells: Sequence[str]) -> list[CellFault]:
        """Check a row's cells. One mistake is often made a million times, so faults are remembered by their cell."""
        found = []
        for position, (column, cell) in enumerate(zip(self.schema.layout.columns, cells, strict=True)):
            if column is None:
                continue
            fault = self._known.get((position, cell)) or check_cell(column, cell)
            if fault:
                found.append(fault)
                if len(cell) <= REMEMBERED_LENGTH and len(self._known) < REMEMBERED:
                    self._known[position, cell] = fault
        return found

    def end_block(self) -> None:
        """Pack the ids of faulty rows into arrays, a tenth of the lists' memory, and settle the block's faults."""
        column = self.schema.id_column
        if self._pending and column is not None:
            pairs = [(line, id) for line, id in self._pending if column.kind != "integer" or _fits(id)]
            lines = np.array([line for line, _ in pairs], dtype=np.int64)
            self._faulty_ids.append(GivenIds(_array(column, [id for _, id in pairs]), lines))
        self._pending.clear()
        self._faults.settle()

    def finish(self) -> tuple[Table, GivenIds | None]:
        """Return the good rows and the ids of all rows (None if there is no cell for them). To be called once."""
        lines = _joined(self._lines, np.int64)
        table = Table({c.name: _joined(self._values[c.name], DTYPES[c.kind]) for c in self.schema.kept}, lines)
        if self.schema.format.id is None or not self.schema.has_id_cell:
            return table, None
        given = self._with_faulty(GivenIds(table[self.schema.format.id], lines))
        return table, self._with_cut(given)

    def _add_faulty(self, line: int, id: str | None) -> None:
        self._faulty += 1
        if id is not None:
            self._pending.append((line, id))
        self._last_line = max(self._last_line, line)

    def _with_faulty(self, given: GivenIds) -> GivenIds:
        """Merge the ids of faulty rows into those of good rows, by line."""
        if not self._faulty_ids:
            return given
        lines = np.concatenate([given.lines, *(more.lines for more in self._faulty_ids)])
        ids = np.concatenate([given.ids, *(more.ids for more in self._faulty_ids)])
        self._faulty_ids.clear()
        order = np.argsort(lines, kind="stable")
        return GivenIds(ids[order], lines[order])

    def _with_cut(self, given: GivenIds) -> GivenIds:
        """Report a last line that was cut within its id; the id counts as given if only one is possible."""
        if self._cut is None:
            return given
        line, text, fault = self._cut
        id = id_of_cut(text, given, self.schema.ids, self.schema.format)
        self._faults.add(fault.kind, line, id, fault.expected, fault.found, fault.remedy)
        if id is None:
            return given
        self._pending.append((line, id))
        self.end_block()
        return self._with_faulty(given)


def meant_id(column: Column, cell: str) -> str | None:
    """Return the id that a cell means: without spaces and quotes, as a plain integer if ids are integers."""
    if column.kind == "integer" and INTEGER.fullmatch(cell):
        return cell
    inner = strip(strip(cell.replace("\x00", "")).strip(QUOTES))
    if column.kind != "integer":
        return inner or None
    plain = plain_number(inner)
    return plain if plain and INTEGER.fullmatch(plain) else inner or None


def empty_table(format: Format) -> Table:
    """Return a table of this format without rows."""
    return Table({c.name: np.empty(0, DTYPES[c.kind]) for c in format.columns}, np.empty(0, np.int64))


def _fits(id: str) -> bool:
    """Whether an id is an integer of 64 bits."""
    return len(id) <= 20 and INTEGER.fullmatch(id) is not None and -(1 << 63) <= int(id) < 1 << 63


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    joined = np.concatenate(arrays) if arrays else np.empty(0, dtype)
    arrays.clear()
    return joined


def _array(column: Column, cells: list[str]) -> np.ndarray:
    """Convert the cells of a column to int64, float64 or objects, shape (rows,)."""
    if column.kind == "integer":
        return np.array(list(map(int, cells)), dtype=np.int64)
    if column.kind == "number":
        plain = (cell.replace(",", ".") for cell in cells) if column.decimal == "," else cells
        return np.array(list(map(float, plain)), dtype=np.float64)
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def _suspects(column: Column, cells: list[str], values: np.ndarray) -> list[int]:
    """Return the rows that break the column's range or rule."""
    if column.kind == "text":
        rule = column.rule
        return [row for row, cell in enumerate(cells) if rule(cell)] if rule else []
    bad = ~np.isfinite(values) if column.kind == "number" else np.zeros(len(values), dtype=bool)
    if column.low is not None:
        bad |= values < column.low
    if column.high is not None:
        bad |= values > column.high
    return list(map(int, np.flatnonzero(bad)))
