"""FROC analysis by the contest's rules: marks matched with nodules, sensitivity over false positives per scan.

The rules are those of luna16.grand-challenge.org/Evaluation: a mark hits a nodule when it lies strictly inside its
radius; of several hits on a nodule the most probable one is its true positive and the others are ignored; marks on
excluded findings that hit no nodule are ignored; the other marks are false positives; a missed nodule counts in the
denominator; every listed scan counts, with or without marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_MARKS = 100
FP_RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
UNKNOWN_DIAMETER = 10.0
"""The diameter in mm that the evaluation assigns to findings with a negative (unmeasured) diameter."""


@dataclass(frozen=True)
class ScanResult:
    """One scan's marks, matched with its findings."""

    true_positives: np.ndarray
    """Probability of the true positive of each nodule that was found."""
    false_positives: np.ndarray
    """Probability of each false positive."""
    is_found: np.ndarray
    """For each included nodule: whether a mark hits it."""
    is_false: np.ndarray
    """For each mark: whether it is a false positive."""
    ignored_on_excluded: int
    ignored_double: int


def kept_marks(probability: np.ndarray, limit: int = MAX_MARKS) -> np.ndarray:
    """Return which marks (N,) of a scan the evaluation keeps: all of at most ``limit``, else those above the next one.

    All marks that tie with the first one beyond the limit are dropped, so that fewer than ``limit`` may be kept.
    """
    if len(probability) <= limit:
        return np.ones(len(probability), bool)
    rank = len(probability) - limit - 1
    return np.asarray(probability > np.partition(probability, rank)[rank])


def hit_matrix(xyz: np.ndarray, spheres: np.ndarray) -> np.ndarray:
    """Return which marks (N, 3) lie strictly inside which spheres (K, 4: x, y, z, diameter in mm): bool (N, K)."""
    diameter = np.where(spheres[:, 3] < 0, UNKNOWN_DIAMETER, spheres[:, 3])
    squared = (spheres[None, :, :3] - xyz[:, None, :]) ** 2  # (N, K, 3)
    # The order x + y + z is the evaluation's: another one may round differently on the sphere's surface.
    return np.asarray(squared[..., 0] + squared[..., 1] + squared[..., 2] < (diameter / 2) ** 2)


def match_marks(xyz: np.ndarray, probability: np.ndarray, included: np.ndarray, excluded: np.ndarray) -> ScanResult:
    """Match one scan's marks (N, 3) and (N,) with its included (K, 4) and excluded (M, 4) findings."""
    kept = kept_marks(probability)
    hit = hit_matrix(xyz, included) & kept[:, None]
    is_found = hit.any(axis=0)
    best = np.where(hit, probability[:, None], -np.inf).max(axis=0, initial=-np.inf)
    free = kept & ~hit.any(axis=1)
    rows = np.flatnonzero(free)
    irrelevant = (
        hit_matrix(xyz[rows], excluded).any(axis=1) if len(rows) and len(excluded) else np.zeros(len(rows), bool)
    )
    is_false = np.zeros(len(kept), bool)
    is_false[rows[~irrelevant]] = True
    doubles = int(hit.sum() - is_found.sum())
    return ScanResult(best[is_found], probability[is_false], is_found, is_false, int(irrelevant.sum()), doubles)


@dataclass(frozen=True)
class Pool:
    """The true and false positives of all scans, the most probable first."""

    is_true: np.ndarray
    """float64 (N,): 1 for a true positive, 0 for a false one."""
    scan: np.ndarray
    """(N,) the index of the mark's scan."""
    ends: np.ndarray
    """The last position of each distinct probability."""
    nodules: np.ndarray
    """(scans,) included nodules of each scan."""


def pool(nodules: np.ndarray, results: Sequence[ScanResult]) -> Pool:
    """Pool the marks of all scans; ``nodules`` (scans,) counts each scan's included nodules."""
    trues = [len(result.true_positives) for result in results]
    falses = [len(result.false_positives) for result in results]
    probability = np.concatenate(
        [np.empty(0), *(r.true_positives for r in results), *(r.false_positives for r in results)]
    )
    is_true = np.repeat([1.0, 0.0], [sum(trues), sum(falses)])
    scans = np.arange(len(results))
    scan = np.concatenate([np.repeat(scans, trues), np.repeat(scans, falses)]).astype(np.intp)
    order = np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, len(order) > 0))
    return Pool(is_true[order], scan[order], ends, np.asarray(nodules))


def froc_curve(pooled: Pool, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return false positives per scan and sensitivity, both (T,), starting at (0, 0).

    ``weights`` (scans,) counts how often each scan is drawn (bootstrap). The operations and their order are those of
    the contest's script (false positive *rate*, times their number, over scans), so that the results are rounded alike:
    at exactly 1/8 false positives per scan the rounding decides on which side of a step the interpolation falls.
    """
    weight = np.ones(len(pooled.nodules)) if weights is None else weights
    lesions = float(weight @ pooled.nodules)
    mark_weight = weight[pooled.scan]
    tps = np.cumsum(mark_weight * pooled.is_true)[pooled.ends]
    fps = np.cumsum(mark_weight * (1 - pooled.is_true))[pooled.ends]
    if not len(tps) or tps[-1] == 0:
        return np.zeros(1), np.zeros(1)
    sensitivity = tps / tps[-1] * tps[-1] / lesions
    rate = fps / fps[-1] * fps[-1] / weight.sum() if fps[-1] else np.zeros(len(fps))
    return np.append(0.0, rate), np.append(0.0, sensitivity)


def sensitivity_at(curve: tuple[np.ndarray, np.ndarray], rates: Sequence[float] | np.ndarray = FP_RATES) -> np.ndarray:
    """Return the sensitivity at these false positives per scan: interpolated linearly, constant after the last."""
    return np.asarray(np.interp(rates, *curve))


def cpm_score(nodules: np.ndarray, results: Sequence[ScanResult]) -> float:
    """Return the competition performance metric: the mean sensitivity at 1/8 to 8 false positives per scan.

    It is 0 where no nodule is found at all (the contest's script divides by zero there).

    >>> one = ScanResult(np.array([0.9]), np.array([0.95]), np.array([True]), np.array([True]), 0, 0)
    >>> round(cpm_score(np.array([1]), [one]), 4)  # the only scan has a false positive above its nodule
    0.5714
    """
    return float(sensitivity_at(froc_curve(pool(nodules, results))).mean())


def bootstrap_cpm(
    nodules: np.ndarray, results: Sequence[ScanResult], rounds: int, rng: np.random.Generator
) -> np.ndarray:
    """Return CPM (rounds,) of scan-level resamples with replacement; scans without marks are resampled too."""
    return np.asarray(bootstrap_sensitivity(nodules, results, FP_RATES, rounds, rng).mean(axis=1))


def bootstrap_sensitivity(
    nodules: np.ndarray,
    results: Sequence[ScanResult],
    rates: Sequence[float] | np.ndarray,
    rounds: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the sensitivity (rounds, rates) of scan-level resamples with replacement; marks are sorted only once."""
    pooled, scans = pool(nodules, results), len(nodules)
    rows = np.empty((rounds, len(rates)))
    for row in rows:
        weights = np.bincount(rng.integers(scans, size=scans), minlength=scans).astype(float)
        row[:] = sensitivity_at(froc_curve(pooled, weights), rates)
    return rows
