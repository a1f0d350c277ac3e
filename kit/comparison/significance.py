"""Tests of a paired difference: McNemar for fractions of right rows, DeLong for areas, the bootstrap for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

LEVEL = 0.95


def mcnemar(right_first: np.ndarray, right_second: np.ndarray) -> float:
    """Compute the exact two-sided p-value of McNemar's test (1947): do the rows that one alone gets right balance?

    Both arrays (N,) say which rows are right. 1.0 where no row is right in one of them only.

    >>> round(mcnemar(np.array([1, 1, 1, 1, 1, 1]) > 0, np.array([0, 0, 0, 0, 0, 0]) > 0), 5)
    0.03125
    """
    first, second = int((right_first & ~right_second).sum()), int((right_second & ~right_first).sum())
    return float(stats.binomtest(first, first + second).pvalue) if first + second else 1.0


def delong(y_true: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[tuple[float, float], float] | None:
    """Compute the 95% interval of the difference of two areas under the ROC curve, second less first, and its p-value.

    ``y_true`` (N,) holds 0 and 1, the other arrays (N,) the scores of the same rows (DeLong et al., 1988; the midranks
    of Sun and Xu, 2014). Where both rank all rows alike, the interval has no width and the p-value is 1. None where the
    variance cannot be estimated: fewer than two rows of a class, or areas that differ without any variance.
    """
    positive = y_true == 1
    if min(int(positive.sum()), int((~positive).sum())) < 2:
        return None
    ranks = [_placements(positive, np.asarray(scores, np.float64)) for scores in (first, second)]
    wins, losses = (np.stack([rank[k] for rank in ranks]) for k in (0, 1))
    covariance = np.cov(wins) / wins.shape[1] + np.cov(losses) / losses.shape[1]
    difference = float(wins[1].mean() - wins[0].mean())
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if not variance > 1e-18:
        return ((difference, difference), 1.0) if difference == 0 else None
    error = variance**0.5
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    return (difference - half, difference + half), float(2 * stats.norm.sf(abs(difference) / error))


def _placements(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each positive row the fraction of negative ones below it, and of each negative the fraction above it."""
    ranks = stats.rankdata(scores)
    count, others = int(positive.sum()), int((~positive).sum())
    wins = (ranks[positive] - stats.rankdata(scores[positive])) / others
    losses = 1 - (ranks[~positive] - stats.rankdata(scores[~positive])) / count
    return wins, losses


def bootstrap_interval(
    differences: np.ndarray, units: int | None = None
) -> tuple[tuple[float, float] | None, float | None]:
    """The percentile interval of resampled differences (rounds,), and the two-sided p-value of no difference.

    NaNs (draws without a score) are left out; with fewer than half of the draws left, both are None. By chance, the
    differences of so many independent ``units`` all have one sign with a probability of 2 ** (1 - units). No p-value is
    below that, and where it is above 0.05, the units are too few for an interval.

    >>> bootstrap_interval(np.full(99, 0.1), units=3)
    (None, 0.25)
    """
    known = differences[np.isfinite(differences)]
    if 2 * len(known) < len(differences) or not len(known):
        return None, None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    tail = min(int((known <= 0).sum()), int((known >= 0).sum()))
    least = 0.0 if units is None else 2.0 ** (1 - min(units, 100))
    p = min(1.0, max(least, 2 * (tail + 1) / (len(known) + 1)))
    return (None if least > 1 - LEVEL else (float(low), float(high))), p


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for their number (Holm, 1979), so that one of many is not small by chance.

    >>> [round(p, 6) for p in holm([0.01, 0.04, 0.03])], holm([0.5, None])
    ([0.03, 0.06, 0.06], [0.5, None])
    """
    known = sorted((value, index) for index, value in enumerate(values) if value is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (value, index) in enumerate(known):
        highest = max(highest, min(1.0, value * (len(known) - rank)))
        adjusted[index] = highest
    return adjusted
