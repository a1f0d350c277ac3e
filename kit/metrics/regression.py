"""Metrics of predicted numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.metrics.inputs import UndefinedMetricError, finite_scores, pair


def rmse(y_true: Any, y_pred: Any) -> float:
    """Compute the root of the mean squared error of numbers (N,).

    >>> rmse([1, 2], [1, 4]) ** 2
    2.0000000000000004
    """
    truth, guess = _numbers(y_true, y_pred)
    return float(np.sqrt(np.mean((truth - guess) ** 2)))


def rmsle(y_true: Any, y_pred: Any) -> float:
    """Compute the RMSE of log(1 + y) of numbers (N,). Raises ValueError for a negative number.

    >>> rmsle([0, 3], [0, 3])
    0.0
    """
    truth, guess = _numbers(y_true, y_pred)
    for name, values in (("y_true", truth), ("y_pred", guess)):
        if (values < 0).any():
            raise ValueError(f"{name} must not be negative, found {values.min()}")
    return rmse(np.log1p(truth), np.log1p(guess))


def mae(y_true: Any, y_pred: Any) -> float:
    """Compute the mean absolute error of numbers (N,).

    >>> mae([1, 2], [1, 4])
    1.0
    """
    truth, guess = _numbers(y_true, y_pred)
    return float(np.mean(np.abs(truth - guess)))


def r2(y_true: Any, y_pred: Any) -> float:
    """Compute the coefficient of determination of numbers (N,).

    Raises UndefinedMetricError where all true numbers are equal.

    >>> r2([1, 2, 3], [2, 2, 2])
    0.0
    """
    truth, guess = _numbers(y_true, y_pred)
    total = float(np.sum((truth - truth.mean()) ** 2))
    if not total:
        raise UndefinedMetricError("R2 needs true numbers that differ")
    return 1 - float(np.sum((truth - guess) ** 2)) / total


def _numbers(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    truth, guess = pair(y_true, y_pred)
    return finite_scores(truth, "y_true"), finite_scores(guess, "y_pred")
