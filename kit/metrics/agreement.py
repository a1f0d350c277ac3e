"""Metrics that average over classes, or weigh how far a predicted class is from the true one."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.metrics.inputs import UndefinedMetricError, finite_scores, pair
from kit.metrics.labels import accuracy, confusion_matrix


def macro_f1(y_true: Any, y_pred: Any) -> float:
    """Compute the mean of the F1 of each class that is true or predicted somewhere; a class never hit has 0.

    >>> macro_f1([0, 0, 1, 1], [0, 0, 1, 1])
    1.0
    """
    counts = confusion_matrix(y_true, y_pred)
    return float(np.mean(2 * np.diag(counts) / (counts.sum(0) + counts.sum(1))))


def micro_f1(y_true: Any, y_pred: Any) -> float:
    """Compute the F1 of all decisions together: with one class per row, the accuracy.

    >>> micro_f1([0, 1, 2, 2], [0, 1, 2, 1])
    0.75
    """
    return accuracy(y_true, y_pred)


def sample_f(y_true: Any, y_pred: Any, beta: float = 1.0) -> float:
    """Compute the F-beta score of the labels of each sample, arrays (N, K) of 0 and 1, and take the mean.

    A sample that has no label and gets none scores 1. Raises ValueError for other shapes.

    >>> sample_f([[1, 1, 0], [0, 0, 0]], [[1, 0, 0], [0, 0, 0]])
    0.8333333333333333
    """
    truth, guess = np.asarray(y_true).astype(bool), np.asarray(y_pred).astype(bool)
    if truth.ndim != 2 or truth.shape != guess.shape or not len(truth):
        raise ValueError(f"y_true and y_pred must have one shape (N, K), not {truth.shape} and {guess.shape}")
    hits, total = (truth & guess).sum(1), beta**2 * truth.sum(1) + guess.sum(1)
    return float(np.where(total > 0, (1 + beta**2) * hits / np.where(total > 0, total, 1), 1.0).mean())


def balanced_accuracy(y_true: Any, y_pred: Any) -> float:
    """Compute the mean recall of the classes that are true somewhere.

    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    counts = confusion_matrix(y_true, y_pred)
    rows = counts.sum(1)
    return float(np.mean(np.diag(counts)[rows > 0] / rows[rows > 0]))


def quadratic_weighted_kappa(y_true: Any, y_pred: Any) -> float:
    """Compute Cohen's kappa of whole numbers (N,), a disagreement weighed by its square (Cohen 1968).

    The distance of two classes is that of their numbers, also where a class between them does not occur. Raises
    ValueError for other values, UndefinedMetricError where one class alone is true and predicted.

    >>> quadratic_weighted_kappa([0, 1, 2, 3], [0, 1, 2, 3])
    1.0
    """
    truth, guess = pair(y_true, y_pred)
    truth, guess = finite_scores(truth, "y_true"), finite_scores(guess, "y_pred")
    for name, values in (("y_true", truth), ("y_pred", guess)):
        if (values != np.round(values)).any():
            raise ValueError(f"{name} must hold whole numbers")
    # The mean squared distance of independent draws: Var + Var + (difference of means) squared.
    expected = float(truth.var() + guess.var() + (truth.mean() - guess.mean()) ** 2)
    if not expected:
        raise UndefinedMetricError("the quadratic weighted kappa needs two classes")
    return 1 - float(np.mean((truth - guess) ** 2)) / expected
