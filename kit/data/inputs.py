"""What a model's input may be, and batches of it: arrays, texts, rows of a table, and several of them.

An input is an array or a number, a text, a row of a pandas table, or a tuple or a dictionary by name of inputs. A batch
has the same structure: arrays (N, ...), arrays (N,) of text (object), or a pandas table of N rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np


def default_input(x: Any) -> Any:
    """``Sample.x`` as an input: numbers become float32; texts, rows of a table and single values stay as they are."""
    if isinstance(x, Mapping):
        return {name: value if _is_single(value) else default_input(value) for name, value in x.items()}
    if isinstance(x, tuple) and any(isinstance(value, np.ndarray | str | Mapping | tuple) for value in x):
        return tuple(map(default_input, x))
    return x if isinstance(x, str) or is_row(x) else np.asarray(x, dtype=np.float32)


def is_row(x: Any) -> bool:
    """Whether an input is a row of a pandas table: a Series, or a DataFrame of one row."""
    return type(x).__module__.partition(".")[0] == "pandas" and hasattr(x, "iloc")


def leaves(x: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The single inputs in a structure, each with its name: the key, or the position in a tuple."""
    pairs: Iterator[tuple[Any, Any]] | None = None
    if isinstance(x, Mapping):
        pairs = iter(x.items())
    elif isinstance(x, tuple):
        pairs = iter(enumerate(x))
    if pairs is None:
        yield name, x
    else:
        for key, value in pairs:
            yield from leaves(value, f"{name}.{key}" if name else str(key))


def shape_of(x: Any) -> Any:
    """The shape of an input, as a batch must have it once; names with shapes for several inputs. A text has none."""
    if isinstance(x, Mapping | tuple):
        return tuple(sorted((name, shape_of(value)) for name, value in leaves(x)))
    return np.shape(x)[-1:] if is_row(x) else np.shape(x)


def stack(inputs: Sequence[Any]) -> Any:
    """A batch of inputs of one structure."""
    first = inputs[0]
    if isinstance(first, Mapping):
        return {name: stack([x[name] for x in inputs]) for name in first}
    if isinstance(first, tuple):
        return tuple(stack(part) for part in zip(*inputs, strict=True))
    if is_row(first):
        return _table(inputs)
    if any(x is None or isinstance(x, str) for x in inputs):
        return _objects(inputs)
    return np.stack([np.asarray(x) for x in inputs])


def as_table(batch: Any) -> Any:
    """A dictionary of single values (N,) as a pandas table for an estimator; any other batch as it is."""
    if not isinstance(batch, Mapping) or not all(isinstance(column, np.ndarray) for column in batch.values()):
        return batch
    if any(column.ndim != 1 for column in batch.values()):
        return batch
    import pandas

    return pandas.DataFrame(dict(batch))


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float | np.generic)


def _table(rows: Sequence[Any]) -> Any:
    """A pandas table; one-row tables keep the types of their columns, those of Series are inferred."""
    import pandas

    if any(isinstance(row, pandas.DataFrame) for row in rows):
        return pandas.concat(rows, ignore_index=True)
    return pandas.DataFrame.from_records([row.tolist() for row in rows], columns=rows[0].index)


def _objects(values: Sequence[Any]) -> np.ndarray:
    """Texts and missing values as an array (N,); None among numbers is NaN."""
    if not any(isinstance(value, str) for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
