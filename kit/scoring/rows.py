"""Rows of a submission in memory: the default writer and truth, and tables that need no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.format import Column, Format, Row, Table
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import PluginError

Writer = Callable[[Sequence[Sample], Sequence[np.ndarray], Mapping[str, Any]], Iterable[Row]]
Truth = Callable[[Sequence[Sample]], Iterable[Row]]


def writer_of(task: Task) -> Writer:
    """Return the task's writer, or the default writer of its format."""
    return task.writer or default_writer(task.format)


def truth_of(task: Task) -> Truth:
    """Return the task's truth, or the default truth of its format."""
    return task.truth or default_truth(task.format)


def default_writer(format: Format) -> Writer:
    """Write an id and one value: the most probable class in an integer column, the last probability in a number one.

    A prediction is (C,) class probabilities, or one probability, which is class 1 from one half on. Raises PluginError
    for a format or a prediction that has no such value.
    """
    column = _only_value(format, "writer")
    if column.kind == "text":
        raise PluginError(
            f"the default writer cannot fill the text column {column.name!r}", remedy="give the Task a writer"
        )
    value = _most_probable if column.kind == "integer" else _last

    def write(samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]) -> Iterator[Row]:
        for sample, prediction in zip(samples, predictions, strict=True):
            yield _row(format, sample.id, value(_vector(sample, prediction)))

    return write


def default_truth(format: Format) -> Truth:
    """Give the id and the label of each labelled sample, as a perfect submission has them."""
    column = _only_value(format, "truth")
    value = {"integer": int, "number": float, "text": str}[column.kind]

    def truth(samples: Sequence[Sample]) -> Iterator[Row]:
        for sample in samples:
            if sample.y is None:
                raise PluginError(
                    f"sample {sample.id!r} has no label", remedy="its reader must give y, or the Task a truth"
                )
            yield _row(format, sample.id, value(sample.y))

    return truth


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


def joined(format: Format, table: Table, ids: Sequence[str]) -> Table:
    """Return the rows in the order of ``ids``, one for each id. Raises PluginError for a missing or repeated id."""
    found = row_ids(format, table)
    row_of = {id: row for row, id in enumerate(found)}
    missing = [id for id in ids if id not in row_of]
    if missing or len(row_of) != len(ids) or len(found) != len(row_of):
        odd = missing or sorted(row_of.keys() - set(ids)) or [id for id, n in Counter(found).items() if n > 1]
        raise PluginError(
            "the rows do not answer each id once",
            expected=f"{len(ids)} rows, one for each id",
            found=f"{len(found)} rows; missing, unknown or repeated: {', '.join(odd[:5])}",
        )
    return table.take(np.array([row_of[id] for id in ids], dtype=np.int64))


def _only_value(format: Format, field: str) -> Column:
    if format.id is None or len(format.values) != 1:
        raise PluginError(
            f"a format of {', '.join(format.names)} has no default {field}", remedy=f"give the Task a {field}"
        )
    return format.values[0]


def _row(format: Format, id: str, value: Any) -> Row:
    return (id, value) if format.names[0] == format.id else (value, id)


def _vector(sample: Sample, prediction: np.ndarray) -> np.ndarray:
    vector = np.asarray(prediction)
    if vector.ndim > 1 or not vector.size:
        raise PluginError(
            f"the default writer takes class probabilities (C,); sample {sample.id!r} has shape {vector.shape}",
            remedy="give the Task a writer",
        )
    return vector.reshape(-1)


def _most_probable(vector: np.ndarray) -> int:
    return int(vector.argmax()) if len(vector) > 1 else int(vector[0] >= 0.5)


def _last(vector: np.ndarray) -> float:
    return float(vector[-1])


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
