"""Metrics of how well scores rank the positive rows: ROC and precision-recall curves, and the areas under them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.metrics.inputs import UndefinedMetricError, binary_labels, finite_scores, pair


def roc_auc(y_true: Any, y_score: Any) -> float:
    """Compute the probability that a positive row scores above a negative one, ties counting one half.

    ``y_true`` (N,) holds 0 and 1, ``y_score`` (N,) anything that grows with the chance of 1. Computed from midranks
    (Mann and Whitney, 1947). Raises UndefinedMetricError where only one class occurs.

    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    >>> roc_auc([0, 1], [0.5, 0.5])
    0.5
    """
    truth, scores = _ranking_input(y_true, y_score)
    positives, negatives = _counts_by_score(truth, scores)
    return float(_area(positives, negatives))


def roc_auc_bootstrap(y_true: Any, y_score: Any, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the ROC AUCs (rounds,) of resampled rows, NaN where a draw holds one class only.

    The rows are sorted once; a draw only changes how often each counts.

    >>> roc_auc_bootstrap([0, 0, 1, 1], [1, 2, 3, 4], 3, np.random.default_rng(1)).tolist()
    [1.0, 1.0, 1.0]
    """
    truth, scores = _ranking_input(y_true, y_score)
    _, place = np.unique(scores, return_inverse=True)  # (N,)
    # One cell for each distinct score and class; a draw of rows is a count of cells.
    cell, cells = place * 2 + truth, 2 * (int(place.max()) + 1)
    areas = np.empty(rounds)
    for i in range(rounds):
        counts = np.bincount(cell[rng.integers(len(cell), size=len(cell))], minlength=cells)
        areas[i] = _area(counts[1::2], counts[0::2])
    return areas


def _ranking_input(y_true: Any, y_score: Any) -> tuple[np.ndarray, np.ndarray]:
    truth, scores = pair(y_true, y_score, "y_score")
    truth, scores = binary_labels(truth), finite_scores(scores)
    if truth.all() or not truth.any():
        raise UndefinedMetricError(f"y_true holds only class {int(truth[0])}; the ROC curve needs both")
    return truth, scores


def _counts_by_score(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positives and negatives at each distinct score, ascending."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    positives = np.add.reduceat(truth[order].astype(np.int64), starts)
    return positives, np.diff(np.r_[starts, len(scores)]) - positives


def _area(positives: np.ndarray, negatives: np.ndarray) -> float:
    """AUC from the counts at each distinct score, ascending; NaN where there are no pairs.

    Twice the number of pairs won is a whole number, so that equal rankings have equal bits.
    """
    below = np.cumsum(negatives) - negatives
    pairs = int(positives.sum()) * int(negatives.sum())
    return int(np.dot(positives, 2 * below + negatives)) / (2 * pairs) if pairs else float("nan")


def roc_curve(y_true: Any, y_score: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute the false positive rate, the true positive rate and the threshold of every point, from (0, 0) to (1, 1).

    A point calls ``y_score >= threshold`` positive; the first threshold is infinite. One point per distinct score, none
    dropped (scikit-learn's ``drop_intermediate=False``). Raises UndefinedMetricError where only one class occurs.

    >>> fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr.tolist(), tpr.tolist(), thresholds.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0], [inf, 0.8, 0.4, 0.35, 0.1])
    """
    truth, scores = _ranking_input(y_true, y_score)
    positives, negatives = _counts_by_score(truth, scores)
    tps, fps = (np.r_[0, np.cumsum(counts[::-1])] for counts in (positives, negatives))
    return fps / fps[-1], tps / tps[-1], np.r_[np.inf, np.unique(scores)[::-1]]


def precision_recall_curve(y_true: Any, y_score: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute precision (T + 1,), recall (T + 1,) and the ascending thresholds (T,), one a distinct score.

    A point calls ``y_score >= threshold`` positive; the last point, precision 1 and recall 0, has no threshold (as in
    scikit-learn). Raises UndefinedMetricError where no row is positive.

    >>> precision, recall, thresholds = precision_recall_curve([0, 1, 1], [0.1, 0.4, 0.8])
    >>> precision.round(3).tolist(), recall.tolist(), thresholds.tolist()
    ([0.667, 1.0, 1.0, 1.0], [1.0, 1.0, 0.5, 0.0], [0.1, 0.4, 0.8])
    """
    labels, scores = pair(y_true, y_score, "y_score")
    truth, scores = binary_labels(labels), finite_scores(scores)
    if not truth.any():
        raise UndefinedMetricError("y_true holds no positive row; precision and recall need one")
    positives, negatives = _counts_by_score(truth, scores)
    hits = np.cumsum(positives[::-1])[::-1]
    called = np.cumsum((positives + negatives)[::-1])[::-1]
    return np.r_[hits / called, 1.0], np.r_[hits / hits[0], 0.0], np.unique(scores)


def average_precision(y_true: Any, y_score: Any) -> float:
    """Compute the sum of precision times the growth of recall over the distinct scores (not interpolated).

    Raises UndefinedMetricError where no row is positive.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    precision, recall, _ = precision_recall_curve(y_true, y_score)
    return float(-np.sum(np.diff(recall) * precision[:-1]))
