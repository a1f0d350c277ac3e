"""What every metric asks of its input. The messages name the argument, since a user reads them."""

from __future__ import annotations

from typing import Any

import numpy as np


class UndefinedMetricError(ValueError):
    """A metric has no value on these rows, such as an AUC where only one class occurs."""


def pair(y_true: Any, y_other: Any, name: str = "y_pred") -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (N,) of one length, at least one row."""
    truth, other = np.asarray(y_true), np.asarray(y_other)
    if truth.ndim != 1 or other.ndim != 1:
        raise ValueError(f"y_true and {name} must have one axis, not shapes {truth.shape} and {other.shape}")
    if len(truth) != len(other):
        raise ValueError(f"y_true has {len(truth)} rows and {name} has {len(other)}")
    if not len(truth):
        raise ValueError("y_true is empty")
    return truth, other


def binary_labels(values: np.ndarray, name: str = "y_true") -> np.ndarray:
    """Labels 0 and 1 (or False and True) as booleans (N,)."""
    if values.dtype == bool:
        return values
    if values.dtype.kind not in "iuf" or not bool(((values == 0) | (values == 1)).all()):
        raise ValueError(f"{name} must hold 0 and 1, found {_some(values)}")
    return np.asarray(values == 1)


def finite_scores(values: np.ndarray, name: str = "y_score") -> np.ndarray:
    """Finite numbers (N,) or (N, C) as float64."""
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, found {_some(values)}")
    scores = values.astype(np.float64, copy=False)
    if not np.isfinite(scores).all():
        raise ValueError(f"{name} must be finite, found {_some(scores[~np.isfinite(scores)])}")
    return scores


def _some(values: np.ndarray) -> str:
    return ", ".join(str(value) for value in values.ravel()[:5])
