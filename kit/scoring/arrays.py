"""The two arrays that a metric compares, and its value on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.contract.format import Format, Table
from kit.contract.scoring import Metric
from kit.errors import KitError, PluginError
from kit.files import json_safe


def metric_arrays(metric: Metric, format: Format, truth: Any, guess: Table, count: int | None) -> tuple[Any, Any]:
    """Return ``(y_true, y_pred)`` for the metric; their first axis must follow the ``count`` ids.

    The bootstrap and the two parts of the answers take a subset of that axis. Raises PluginError for other arrays.
    """
    if metric.prepare:
        y_true, y_pred = metric.prepare(truth, guess)
    elif format.one_row_per_id and isinstance(truth, Table):
        y_true, y_pred = value_rows(format, truth), value_rows(format, guess)
    else:
        raise PluginError(f"metric {metric.name!r} needs prepare(truth, guess): an id may have several rows")
    for name, values in (("y_true", y_true), ("y_pred", y_pred)):
        found = len(values) if isinstance(values, np.ndarray) else type(values).__name__
        if not isinstance(values, np.ndarray) or (count is not None and len(values) != count):
            raise PluginError(
                f"metric {metric.name!r}: prepare gave a wrong {name}",
                expected=f"an array whose first axis follows the {'ids' if count is None else f'{count} ids'}",
                found=found,
            )
    return y_true, y_pred


def value_rows(format: Format, table: Table) -> np.ndarray:
    """Return the values of the rows: the column's array (N,), or for several columns (N, K).

    Whole numbers and decimal numbers together are float64; where a column is text, the array is a structured one (N,).
    """
    names = [column.name for column in format.values]
    if len(names) == 1:
        return table[names[0]]
    if all(column.kind != "text" for column in format.values):
        return np.stack([table[name] for name in names], axis=1)
    rows = np.empty(len(table), dtype=[(name, table[name].dtype) for name in names])
    for name in names:
        rows[name] = table[name]
    return rows


def evaluate(metric: Metric, y_true: Any, y_pred: Any) -> float:
    """Call the metric; raise KitError if it does not return a finite number."""
    try:
        value = float(metric.function(y_true, y_pred))
    except (ValueError, ZeroDivisionError) as error:
        raise KitError(f"the metric {metric.name} has no value on these rows", found=error) from error
    if not np.isfinite(value):
        raise KitError(f"the metric {metric.name} has no value on these rows", expected="a finite number", found=value)
    return value


def metric_details(metric: Metric, y_true: Any, y_pred: Any) -> dict[str, Any]:
    """Return the metric's further figures by name, safe for JSON; empty if it has none."""
    return json_safe(dict(metric.details(y_true, y_pred))) if metric.details else {}  # type: ignore[no-any-return]
