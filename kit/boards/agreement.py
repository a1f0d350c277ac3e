"""How one's cross-validation agrees with the contest's board."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 3  # points of a line with an interval
FEWEST_FOR_NOISE = 5  # points whose distance from the line says something about noise
LEVEL = 0.95


@dataclass(frozen=True)
class Agreement:
    """``board = intercept + slope * CV`` by least squares over ``points`` submissions.

    ``slope_interval`` is the 95% interval of the slope, ``residual`` the standard deviation around the line, and
    ``rank_correlation`` Spearman's. ``unseen_gain`` is the largest difference of two CV scores up to which the board
    ordered fewer than half of the pairs the same way; None if the board showed even the smallest ones.
    ``unseen_pairs`` are the pairs up to it, or all, and how many of them the board ordered the same way.
    """

    points: int
    slope: float
    intercept: float
    slope_interval: tuple[float, float]
    residual: float
    rank_correlation: float | None
    unseen_gain: float | None
    unseen_pairs: tuple[int, int]

    def sentences(self) -> list[str]:
        """The findings in words."""
        low, high = (0.01 * end for end in self.slope_interval)
        lines = [f"0.01 more in CV is {0.01 * self.slope:+.4f} on the board (95%: {low:+.4f} to {high:+.4f})"]
        if self.rank_correlation is not None:
            lines.append(f"rank correlation of CV and board: {self.rank_correlation:.2f} ({self.points} submissions)")
        pairs, same = self.unseen_pairs
        if self.unseen_gain is None:
            lines.append(f"your CV gains showed on the board: {same} of {pairs} pairs are in the same order there")
        else:
            lines.append(
                f"your CV gains of up to {self.unseen_gain:.2g} did not show on the board: "
                f"{same} of {pairs} such pairs are in the same order there"
            )
        return lines


def agreement(points: Sequence[tuple[float, float]]) -> Agreement | None:
    """Compare (CV, board) pairs of submissions; None for fewer than three or for equal CV scores."""
    if len(points) < FEWEST or len({cv for cv, _ in points}) < 2:
        return None
    cv, board = np.array(points, dtype=np.float64).T
    centred = cv - cv.mean()
    slope = float(centred @ board / (centred @ centred))
    intercept = float(board.mean() - slope * cv.mean())
    residual = math.sqrt(float(np.sum((board - intercept - slope * cv) ** 2)) / (len(points) - 2))
    half = _quantile(len(points)) * residual / math.sqrt(float(centred @ centred))
    gain, pairs = _unseen_gain(cv, board)
    interval = (slope - half, slope + half)
    return Agreement(len(points), slope, intercept, interval, residual, _rank_correlation(cv, board), gain, pairs)


def band(points: Sequence[tuple[float, float]], at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The fitted line at these CV scores (N,), and the ends of its 95% interval."""
    found = agreement(points)
    if found is None:
        raise ValueError("too few points for a line")
    cv = np.array([point[0] for point in points])
    spread = float(np.sum((cv - cv.mean()) ** 2))
    half = _quantile(len(points)) * found.residual * np.sqrt(1 / len(points) + (at - cv.mean()) ** 2 / spread)
    line = found.intercept + found.slope * at
    return line, line - half, line + half


def best_of(count: int, noise: float) -> float:
    """How much better the best of ``count`` equally good submissions looks than it is, on average.

    It is the expected maximum of normal values with this standard deviation, by Blom's approximation (1958).

    >>> best_of(1, 0.01), round(best_of(10, 0.01), 4)
    (0.0, 0.0155)
    """
    from scipy.special import ndtri

    return float(noise * ndtri((count - 0.375) / (count + 0.25)))


def _quantile(points: int) -> float:
    """Student's t for a 95% interval of a line through this many points."""
    from scipy.special import stdtrit

    return float(stdtrit(points - 2, (1 + LEVEL) / 2))


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's rank correlation; equal values get the mean of their ranks. None if all values are equal."""
    ranks = [_mean_ranks(values) for values in (first, second)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(np.stack(ranks))[0, 1])


def _mean_ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: np.ndarray = (last - (counts - 1) / 2)[inverse]
    return means


def _unseen_gain(cv: np.ndarray, board: np.ndarray) -> tuple[float | None, tuple[int, int]]:
    """The largest CV difference up to which fewer than half of the pairs are in the same order on the board."""
    first, second = np.triu_indices(len(cv), 1)
    size = np.abs(cv[first] - cv[second])
    same = (cv[first] - cv[second]) * (board[first] - board[second]) > 0
    order = np.argsort(size, kind="stable")
    order = order[size[order] > 0]
    agreed = np.cumsum(same[order])
    unseen = np.flatnonzero(2 * agreed < np.arange(1, len(order) + 1))
    if not len(unseen):
        return None, (len(order), int(same[order].sum()))
    last = int(unseen[-1])
    return float(size[order[last]]), (last + 1, int(agreed[last]))
