"""Metrics of rankings: what is asked for should come first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from kit.metrics.curves import roc_auc
from kit.metrics.inputs import finite_scores


def gini(y_true: Any, y_score: Any) -> float:
    """Compute the normalized Gini coefficient of scores (N,) for labels 0 and 1: twice the AUC, less 1.

    >>> gini([0, 0, 1], [0.1, 0.2, 0.9])
    1.0
    """
    return 2 * roc_auc(y_true, y_score) - 1


def map_at_k(y_true: Sequence[Sequence[Hashable]], y_pred: Sequence[Sequence[Hashable]], k: int) -> float:
    """Compute the mean average precision of the first ``k`` predictions of each query.

    ``y_true`` holds what is relevant to each query, ``y_pred`` the predictions, best first; what is predicted twice
    counts once. The precisions at the hits are divided by min(k, number relevant), as on Kaggle; a query with nothing
    relevant counts 0.

    >>> map_at_k([["a"], ["b"]], [["a", "b"], ["a", "b"]], 2)
    0.75
    """
    _check(len(y_true), len(y_pred), k)
    return float(np.mean([_average_precision(list(truth), list(guess)[:k], k) for truth, guess in zip(y_true, y_pred)]))  # noqa: B905  lengths are checked


def _average_precision(truth: list[Hashable], guess: list[Hashable], k: int) -> float:
    relevant = set(truth)
    hits = [item in relevant and item not in guess[:rank] for rank, item in enumerate(guess)]
    precisions = [sum(hits[: rank + 1]) / (rank + 1) for rank, hit in enumerate(hits) if hit]
    return sum(precisions) / min(k, len(relevant)) if relevant else 0.0


def ndcg_at_k(y_true: Any, y_score: Any, k: int) -> float:
    """Compute the normalized discounted cumulative gain of the first ``k`` of each query (Järvelin & Kekäläinen 2002).

    ``y_true`` holds relevances of 0 or more, shape (queries, items), ``y_score`` the predicted scores. Items of equal
    score have their mean relevance; a query with nothing relevant counts 0.

    >>> ndcg_at_k([[0, 1, 2]], [[0.1, 0.2, 0.3]], 3)
    1.0
    """
    truth = finite_scores(np.asarray(y_true), "y_true")
    scores = finite_scores(np.asarray(y_score), "y_score")
    if truth.ndim != 2 or truth.shape != scores.shape:
        raise ValueError(f"y_true and y_score must have one shape (Q, D), not {truth.shape} and {scores.shape}")
    if (truth < 0).any():
        raise ValueError("y_true must not be negative")
    _check(len(truth), len(scores), k)
    discounts = 1 / np.log2(np.arange(2, truth.shape[1] + 2))
    discounts[k:] = 0
    best = np.sort(truth, axis=1)[:, ::-1] @ discounts
    reached = np.array([_gains(row, score) @ discounts for row, score in zip(truth, scores)])  # noqa: B905
    return float(np.mean(np.divide(reached, best, out=np.zeros_like(best), where=best > 0)))


def mean_bootstrap(
    metric: Callable[[Any, Any], float], y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw ``rounds`` bootstrap scores of a metric that is a mean over rows, such as MAP@K: it is computed once a row.

    >>> mean_bootstrap(lambda y_true, y_pred: 1.0, np.zeros(3), np.zeros(3), 2, np.random.default_rng(0)).tolist()
    [1.0, 1.0]
    """
    values = np.array([metric(y_true[row : row + 1], y_pred[row : row + 1]) for row in range(len(y_true))])
    return np.array([values[rng.integers(len(values), size=len(values))].mean() for _ in range(rounds)])


def _gains(relevance: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The relevances in the order of the scores, averaged where scores are equal."""
    _, group = np.unique(-scores, return_inverse=True)
    means = np.bincount(group, relevance) / np.bincount(group)
    return np.asarray(means[np.sort(group)])


def _check(queries: int, others: int, k: int) -> None:
    if queries != others:
        raise ValueError(f"y_true has {queries} queries and the predictions have {others}")
    if not queries:
        raise ValueError("y_true is empty")
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
