"""Format values as cells, and cells as lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.contract.format import Column
from kit.errors import SubmissionError
from kit.submission.cells import INTEGER, NUMBER, check_cell
from kit.submission.quoting import has_quoting


def format_cell(column: Column, value: Any, delimiter: str) -> str:
    """Format a value as a cell of the column, or raise SubmissionError with what is wrong.

    Whole floats and NumPy integers fit an integer column; a bool, NaN, infinity or a fraction does not. Floats are
    written with the fewest digits that read back as the same value of the same precision.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_):
        raise SubmissionError("is True or False: write 1 or 0, or the probability")
    cell = {"integer": _integer, "number": _number, "text": _text}[column.kind](value)
    if column.kind == "number":
        cell = cell.replace(".", column.decimal)
    if column.kind == "text" and not has_quoting(delimiter) and delimiter in cell:
        raise SubmissionError(f"contains the delimiter {delimiter!r}, which this format cannot quote")
    if fault := check_cell(column, cell):
        raise SubmissionError(f"is refused ({fault.kind}): {fault.remedy}")
    return cell


def format_line(cells: Sequence[str], delimiter: str) -> str:
    """Join cells to a line with LF; cells that hold a delimiter or a quote are quoted as in CSV (RFC 4180)."""
    if has_quoting(delimiter):
        cells = [_quoted(cell) if delimiter in cell or '"' in cell else cell for cell in cells]
    return delimiter.join(cells) + "\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _integer(value: Any) -> str:
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, str) and INTEGER.fullmatch(value):
        return str(value)
    if isinstance(value, float | np.floating):
        _refuse_not_finite(value)
        if float(value).is_integer():
            return str(int(value))
        raise SubmissionError("is not a whole number: round it, or take the most probable class")
    raise SubmissionError(f"is not an integer but a {type(value).__name__}")


def _number(value: Any) -> str:
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return str(value)
    if isinstance(value, float | np.floating):
        _refuse_not_finite(value)
        # str of a NumPy float is the shortest for its own precision: float32 0.1 is 0.1, not 0.10000000149.
        return repr(float(value)) if isinstance(value, float) else str(value)
    raise SubmissionError(f"is not a number but a {type(value).__name__}")


def _refuse_not_finite(value: Any) -> None:
    if not math.isfinite(value):
        raise SubmissionError("is NaN: the model gave no prediction" if math.isnan(value) else "is infinite")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | np.integer):
        return str(int(value))
    raise SubmissionError(f"is not a text but a {type(value).__name__}")
