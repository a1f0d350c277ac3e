"""Statistics of one input: an array, a text, a row of a table, or several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.data.inputs import is_row, leaves, shape_of


@dataclass(frozen=True)
class InputStatistics:
    """Shape, type, number of values, lowest and highest number, and the bytes that identify an input."""

    shape: Any
    dtype: str
    size: int
    low: float
    high: float
    contents: Sequence[bytes | memoryview]


def examine(x: Any) -> InputStatistics:
    """The statistics of an input. Raises ValueError for one that is empty or neither numbers nor text.

    Missing values in a table or among several single values are no fault; texts and tables have no lowest number.
    """
    if not isinstance(x, dict | tuple):
        return _single(x, "")
    parts = [_single(value, name) for name, value in leaves(x)]
    if not parts:
        raise ValueError("expected an input, found an empty structure")
    numbers = [part for part in parts if part.low < part.high] or parts
    low, high = min(part.low for part in numbers), max(part.high for part in numbers)
    if not all(np.isfinite([part.low, part.high]).all() for part in parts if part.size > 1):
        low = high = float("nan")
    names = ", ".join(part.dtype for part in parts)
    contents = [content for part in parts for content in part.contents]
    return InputStatistics(shape_of(x), names, sum(part.size for part in parts), low, high, contents)


def _single(x: Any, name: str) -> InputStatistics:
    if isinstance(x, str) or (name and np.ndim(x) == 0):
        return InputStatistics(
            (), "value" if name else "text", 1, 0.0, 1.0, [repr(x).encode("utf-8", "backslashreplace")]
        )
    if is_row(x):
        return InputStatistics(
            shape_of(x), "table row", x.size, 0.0, 1.0, [repr(np.ravel(x).tolist()).encode("utf-8", "backslashreplace")]
        )
    array = np.asarray(x)
    if array.dtype.kind not in "biuf" or not array.size:
        of = f" of input {name!r}" if name else ""
        raise ValueError(f"expected an array of numbers, found shape {array.shape} of {array.dtype}{of}")
    content = np.ascontiguousarray(array).data
    low, high = float(array.min()), float(array.max())
    return InputStatistics(array.shape, str(array.dtype), array.size, low, high, [content])
