"""Metrics of predicted classes, and the log loss of their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.metrics.inputs import binary_labels, finite_scores, pair


def accuracy(y_true: Any, y_pred: Any) -> float:
    """Compute the fraction of rows (N,) that are equal; rows of several columns must be equal in all of them.

    >>> accuracy([3, 1, 4, 1], [3, 1, 4, 5])
    0.75
    """
    truth, guess = pair(y_true, y_pred)
    return float(np.mean(_hits(truth, guess)))


def accuracy_bootstrap(y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the accuracies (rounds,) of resampled rows.

    The number of right rows among N drawn with replacement is binomial, so nothing need be resampled.

    >>> accuracy_bootstrap([1, 1], [1, 1], 3, np.random.default_rng(0)).tolist()
    [1.0, 1.0, 1.0]
    """
    truth, guess = pair(y_true, y_pred)
    return rng.binomial(len(truth), float(np.mean(_hits(truth, guess))), rounds) / len(truth)


def _hits(truth: np.ndarray, guess: np.ndarray) -> np.ndarray:
    if truth.dtype.names != guess.dtype.names:
        raise ValueError(f"y_true has the columns {truth.dtype.names} and y_pred has {guess.dtype.names}")
    if truth.dtype.names:
        hits = [_equal(truth[name], guess[name]) for name in truth.dtype.names]
        return np.asarray(np.logical_and.reduce(hits))
    return _equal(truth, guess)


def _equal(truth: np.ndarray, guess: np.ndarray) -> np.ndarray:
    numbers = [array.dtype.kind in "biuf" for array in (truth, guess)]
    if numbers[0] != numbers[1] and object not in (truth.dtype, guess.dtype):
        raise ValueError(f"y_true holds {truth.dtype} and y_pred {guess.dtype}: they can never be equal")
    return np.asarray(truth == guess, dtype=bool)


def confusion_matrix(y_true: Any, y_pred: Any, labels: Sequence[Any] | None = None) -> np.ndarray:
    """Count rows by true class (first axis) and predicted class (second axis), int64 (C, C).

    ``labels`` fixes the classes and their order; by default they are all that occur, sorted.

    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 1]).tolist()
    [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    """
    truth, guess = pair(y_true, y_pred)
    classes = np.unique(np.concatenate([truth, guess])) if labels is None else np.asarray(labels)
    order = np.argsort(classes, kind="stable")
    rows, columns = (
        _positions(values, classes, order, name) for values, name in ((truth, "y_true"), (guess, "y_pred"))
    )
    count = len(classes)
    return np.bincount(rows * count + columns, minlength=count * count).reshape(count, count).astype(np.int64)


def _positions(values: np.ndarray, classes: np.ndarray, order: np.ndarray, name: str) -> np.ndarray:
    ranked = classes[order]
    found = np.searchsorted(ranked, values).clip(max=len(ranked) - 1)
    if not bool((ranked[found] == values).all()):
        unknown = values[ranked[found] != values][0]
        raise ValueError(f"{name} holds {unknown}, which is not among labels")
    return np.asarray(order[found])


def _counts(y_true: Any, y_pred: Any, positive: Any) -> tuple[int, int, int, int]:
    """True positives, false positives, false negatives and true negatives."""
    truth, guess = pair(y_true, y_pred)
    if any(labels.dtype.kind == "f" and np.isnan(labels).any() for labels in (truth, guess)):
        raise ValueError("labels must not be NaN")
    is_true, is_guessed = truth == positive, guess == positive
    hit, true, guessed = (int(np.count_nonzero(x)) for x in (is_true & is_guessed, is_true, is_guessed))
    return hit, guessed - hit, true - hit, len(truth) - true - guessed + hit


def _ratio(part: int, whole: int) -> float:
    # 0 of 0 is 0, as in scikit-learn (zero_division=0): a classifier that finds nothing earns nothing.
    return part / whole if whole else 0.0


def precision(y_true: Any, y_pred: Any, positive: Any = 1) -> float:
    """Compute TP / (TP + FP) of the class ``positive``; 0 where nothing was called positive.

    >>> precision([1, 1, 0, 0], [1, 0, 1, 0])
    0.5
    """
    tp, fp, _, _ = _counts(y_true, y_pred, positive)
    return _ratio(tp, tp + fp)


def recall(y_true: Any, y_pred: Any, positive: Any = 1) -> float:
    """Compute TP / (TP + FN) of the class ``positive``; 0 where nothing is positive.

    >>> recall([1, 1, 1, 0], [1, 1, 0, 0])
    0.6666666666666666
    """
    tp, _, fn, _ = _counts(y_true, y_pred, positive)
    return _ratio(tp, tp + fn)


def sensitivity(y_true: Any, y_pred: Any, positive: Any = 1) -> float:
    """Compute the recall, by the name that medicine gives it.

    >>> sensitivity([1, 1, 0], [1, 0, 0])
    0.5
    """
    return recall(y_true, y_pred, positive)


def specificity(y_true: Any, y_pred: Any, positive: Any = 1) -> float:
    """Compute TN / (TN + FP): the fraction of the other classes that is not predicted as ``positive``; 0 of 0 is 0.

    >>> specificity([1, 0, 0, 0], [1, 0, 0, 1])
    0.6666666666666666
    """
    _, fp, _, tn = _counts(y_true, y_pred, positive)
    return _ratio(tn, tn + fp)


def f1(y_true: Any, y_pred: Any, positive: Any = 1) -> float:
    """Compute 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; 0 where there are none of these.

    >>> f1([1, 1, 0, 0], [1, 0, 0, 0])
    0.6666666666666666
    """
    tp, fp, fn, _ = _counts(y_true, y_pred, positive)
    return _ratio(2 * tp, 2 * tp + fp + fn)


def log_loss(y_true: Any, y_prob: Any) -> float:
    """Compute the mean of -log(probability of the true class); lower is better.

    ``y_prob`` is (N,), the probability of class 1, or (N, C) with rows that sum to 1; ``y_true`` holds class numbers
    from 0. Probabilities are clipped to the machine epsilon of their type, as in scikit-learn.

    >>> round(log_loss([1, 0], [0.8, 0.4]), 6)
    0.366985
    """
    truth, given = np.asarray(y_true), np.asarray(y_prob)
    probabilities = finite_scores(given, "y_prob")
    if truth.ndim != 1 or probabilities.ndim not in (1, 2) or len(truth) != len(probabilities) or not len(truth):
        raise ValueError(f"expected y_true (N,) and y_prob (N,) or (N, C), not {truth.shape} and {probabilities.shape}")
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError("y_prob must be from 0 to 1")
    if probabilities.ndim == 1:
        chosen = np.where(binary_labels(truth), probabilities, 1 - probabilities)
    else:
        chosen = probabilities[np.arange(len(truth)), _class_numbers(truth, probabilities)]
    epsilon = np.finfo(given.dtype if given.dtype.kind == "f" else np.float64).eps
    return float(-np.log(chosen.clip(epsilon, 1 - epsilon)).mean())


def _class_numbers(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    if not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
        raise ValueError("each row of y_prob must sum to 1")
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= probabilities.shape[1]:
        raise ValueError(f"y_true must hold class numbers from 0 to {probabilities.shape[1] - 1}")
    return truth
