"""The writer and the truth of a task: its own, or those that fit an id and one value, or an id and several numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.format import Column, Format, Row
from kit.contract.protocols import Truth, Writer
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import PluginError


def writer_of(task: Task) -> Writer:
    """Return the task's writer, or the default writer of its format and objective."""
    return task.writer or default_writer(task.format, _objective(task))


def truth_of(task: Task) -> Truth:
    """Return the task's truth, or the default truth of its format."""
    return task.truth or default_truth(task.format)


def default_writer(format: Format, objective: str = "") -> Writer:
    """Write an id and the values of a prediction.

    One value: the most probable of C classes in an integer column (one probability is class 1 from one half on), the
    last probability in a number column. K values: those of a prediction (K,). In integer columns, probabilities become
    1 from one half on, and the numbers of a ``regression`` are rounded. Raises PluginError for a format or a prediction
    that has no such values.
    """
    columns = _value_columns(format, "writer")
    for column in columns:
        if column.kind == "text":
            raise PluginError(
                f"the default writer cannot fill the text column {column.name!r}", remedy="give the Task a writer"
            )
    pick = _only_value(columns[0], objective) if len(columns) == 1 else _each_value(columns, _whole(objective))

    def write(samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]) -> Iterator[Row]:
        for sample, prediction in zip(samples, predictions, strict=True):
            yield _row(format, sample.id, pick(_vector(sample, prediction)))

    return write


def default_cells(task: Task, predictions: Sequence[np.ndarray] | np.ndarray) -> dict[str, np.ndarray] | None:
    """The value columns that the default writer writes, of all samples at once.

    None where predictions differ in shape or hold NaN, or the format does not take them: the writer says what is wrong.
    """
    columns = task.format.values
    shapes = {predictions.shape[1:]} if isinstance(predictions, np.ndarray) else {np.shape(p) for p in predictions}
    if len(shapes) != 1 or not columns or any(column.kind == "text" for column in columns):
        return None
    table = np.asarray(predictions).reshape(len(predictions), -1)
    width = table.shape[1]
    if len(next(iter(shapes))) > 1 or not width or (len(columns) > 1 and width != len(columns)):
        return None
    if not np.isfinite(table).all():
        return None
    objective = _objective(task)
    if len(columns) == 1:
        return {columns[0].name: _only_cells(columns[0], table, objective)}
    return {column.name: _cells(column, table[:, k], objective) for k, column in enumerate(columns)}


def _only_cells(column: Column, table: np.ndarray, objective: str) -> np.ndarray:
    if column.kind == "integer" and objective != "regression" and table.shape[1] > 1:
        return np.asarray(table.argmax(axis=1), np.int64)
    return _cells(column, table[:, -1], objective)


def _cells(column: Column, values: np.ndarray, objective: str) -> np.ndarray:
    if column.kind == "number":
        return values.astype(np.float64)
    return np.asarray(_whole(objective)(values), np.int64)


def default_truth(format: Format) -> Truth:
    """Give the id and the label of each labelled sample, as a perfect submission has them.

    Where K columns hold the probabilities of K classes, a label that is a whole number becomes 1 in its column.
    """
    columns = _value_columns(format, "truth")
    kinds = [{"integer": int, "number": float, "text": str}[column.kind] for column in columns]

    def truth(samples: Sequence[Sample]) -> Iterator[Row]:
        for sample in samples:
            if sample.y is None:
                raise PluginError(
                    f"sample {sample.id!r} has no label", remedy="its reader must give y, or the Task a truth"
                )
            values = [sample.y] if len(columns) == 1 else _label_values(sample, len(columns))
            yield _row(format, sample.id, [kind(value) for kind, value in zip(kinds, values, strict=True)])

    return truth


def _objective(task: Task) -> str:
    return task.objective if isinstance(task.objective, str) else ""


def _value_columns(format: Format, field: str) -> tuple[Column, ...]:
    one = len(format.values) == 1
    if format.id is None or not format.values or not (one or all(c.kind != "text" for c in format.values)):
        raise PluginError(
            f"a format of {', '.join(format.names)} has no default {field}", remedy=f"give the Task a {field}"
        )
    return format.values


def _only_value(column: Column, objective: str) -> Any:
    if column.kind == "number":
        return lambda vector: [float(vector[-1])]
    whole = _whole(objective)
    if objective == "regression":
        return lambda vector: [int(whole(vector[-1]))]
    return lambda vector: [int(vector.argmax()) if len(vector) > 1 else int(whole(vector[0]))]


def _each_value(columns: Sequence[Column], whole: Any) -> Any:
    names = ", ".join(column.name for column in columns)

    def pick(vector: np.ndarray) -> list[Any]:
        if len(vector) != len(columns):
            raise PluginError(
                "a prediction does not fit the columns of the submission",
                expected=f"{len(columns)} values: {names}",
                found=f"{len(vector)} values",
                remedy="give the model as many outputs as there are columns, or the Task a writer",
            )
        return [
            float(value) if column.kind == "number" else int(whole(value))
            for column, value in zip(columns, vector, strict=True)
        ]

    return pick


def _whole(objective: str) -> Any:
    """What turns a value, or an array of them, into whole numbers: rounding, or class 1 from one half on."""
    return np.rint if objective == "regression" else _decided


def _decided(probability: Any) -> Any:
    return probability >= 0.5


def _label_values(sample: Sample, count: int) -> np.ndarray:
    label = np.asarray(sample.y)
    if label.ndim == 0 and label.dtype.kind in "iu" and 0 <= label < count:
        return np.asarray(np.eye(count)[int(label)])
    if label.shape != (count,):
        raise PluginError(
            f"sample {sample.id!r} has a label of shape {label.shape}",
            expected=f"{count} values, one for each column",
            remedy="correct the reader, or give the Task a truth",
        )
    return label


def _row(format: Format, id: str, values: Sequence[Any]) -> Row:
    cells = iter(values)
    return tuple(id if name == format.id else next(cells) for name in format.names)


def _vector(sample: Sample, prediction: np.ndarray) -> np.ndarray:
    vector = np.asarray(prediction)
    if vector.ndim > 1 or not vector.size:
        raise PluginError(
            f"the default writer takes predictions of shape (C,); sample {sample.id!r} has shape {vector.shape}",
            remedy="give the Task a writer",
        )
    return vector.reshape(-1)
