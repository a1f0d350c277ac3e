"""Rows of a submission in memory, as tables that need no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kit.contract.format import Column, Format, Row, Table
from kit.errors import PluginError


def rows_table(format: Format, rows: Iterable[Row]) -> Table:
    """Build the table that parsing a file of these rows would give; ``lines`` count from 1.

    Ids that an integer column cannot hold stay text: held-out samples need not have a contest's ids. Raises PluginError
    with the row and the column for a value of the wrong type.
    """
    listed = list(rows)
    for number, row in enumerate(listed, 1):
        if len(row) != len(format.columns):
            raise PluginError(f"row {number} is wrong", expected=f"{', '.join(format.names)}", found=_short(row))
    cells = {
        column.name: _cells(column, [row[i] for row in listed], column.name == format.id)
        for i, column in enumerate(format.columns)
    }
    return Table(cells, np.arange(1, len(listed) + 1))


def row_ids(format: Format, table: Table) -> list[str]:
    """Return the id of each row as text; the row's number from 1 if the format has no id column."""
    if format.id is None:
        return [str(number) for number in range(1, len(table) + 1)]
    return [str(value) for value in table[format.id].tolist()]


def id_cells(format: Format, ids: Sequence[str]) -> np.ndarray:
    """The cells of the id column, as a file of these ids gives them; text where an integer column cannot hold one."""
    column = next(column for column in format.columns if column.name == format.id)
    return _cells(column, list(ids), True)


def row_order(found: Sequence[str], ids: Sequence[str]) -> np.ndarray:
    """The positions of ``ids`` in ``found``. Raises PluginError for a missing, unknown or repeated id."""
    row_of = {id: row for row, id in enumerate(found)}
    missing = [id for id in ids if id not in row_of]
    if missing or len(row_of) != len(ids) or len(found) != len(row_of):
        odd = missing or sorted(row_of.keys() - set(ids)) or [id for id, n in Counter(found).items() if n > 1]
        raise PluginError(
            "the rows do not answer each id once",
            expected=f"{len(ids)} rows, one for each id",
            found=f"{len(found)} rows; missing, unknown or repeated: {', '.join(odd[:5])}",
        )
    return np.array([row_of[id] for id in ids], dtype=np.int64)


def _cells(column: Column, values: list[Any], is_id: bool) -> np.ndarray:
    if column.kind == "text":
        return np.array([str(value) for value in values], dtype=object)
    kind: type = int if column.kind == "integer" else float
    cells: list[Any] = []
    for number, value in enumerate(values, 1):
        try:
            cell = kind(value)
            if not (np.isfinite(cell) and (kind is float or isinstance(value, str) or cell == value)):
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            if is_id:
                return np.array([str(value) for value in values], dtype=object)
            raise PluginError(
                f"row {number} is wrong", expected=f"{column.name}: {column.expected}", found=_short(value)
            ) from None
        cells.append(cell)
    return np.array(cells, dtype=np.int64 if kind is int else np.float64)


def _short(value: Any) -> str:
    return repr(value)[:200]
