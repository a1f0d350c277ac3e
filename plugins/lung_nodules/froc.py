"""FROC analysis by the rules of the contest's evaluation: marks against nodules, sensitivity at false positives a scan.

The rules are those of luna16.grand-challenge.org/Evaluation: a mark hits a nodule when it lies strictly inside its
radius; of several hits on a nodule the most probable one is its true positive and the others are ignored; marks on
excluded findings are ignored when they hit no included nodule; the rest are false positives; a missed nodule stays in
the denominator; every listed scan counts, with or without marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_MARKS = 100
FP_RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
UNKNOWN_DIAMETER = 10.0
"""The diameter in mm that the evaluation gives to findings whose diameter is negative (not measured)."""


@dataclass(frozen=True)
class Judged:
    """One scan's marks after judging.

    ``hits``: the probability of the true positive of every nodule found; ``falses``: those of the false positives;
    ``found`` says of every included nodule whether it was hit, ``wrong`` of every mark whether it is a false positive.
    """

    hits: np.ndarray
    falses: np.ndarray
    found: np.ndarray
    wrong: np.ndarray
    ignored_on_excluded: int
    ignored_double: int


def kept_marks(probability: np.ndarray, limit: int = MAX_MARKS) -> np.ndarray:
    """Say which marks (N,) of a scan survive the cap: with more than ``limit``, those above the next one's probability.

    Ties with the mark that follows the last allowed one are all dropped, so that fewer than ``limit`` may survive.
    """
    if len(probability) <= limit:
        return np.ones(len(probability), bool)
    return probability > np.partition(probability, len(probability) - limit - 1)[len(probability) - limit - 1]


def hit_matrix(xyz: np.ndarray, spheres: np.ndarray) -> np.ndarray:
    """Which marks (N, 3) lie strictly inside which spheres (K, 4: x, y, z, diameter in mm): bool (N, K)."""
    diameter = np.where(spheres[:, 3] < 0, UNKNOWN_DIAMETER, spheres[:, 3])
    squared = (spheres[None, :, :3] - xyz[:, None, :]) ** 2  # (N, K, 3)
    # Summed in the order x + y + z: another order may round differently on the sphere's surface.
    return squared[..., 0] + squared[..., 1] + squared[..., 2] < (diameter / 2) ** 2


def judge(xyz: np.ndarray, probability: np.ndarray, included: np.ndarray, excluded: np.ndarray) -> Judged:
    """Judge one scan's marks (N, 3) and (N,) against its included (K, 4) and excluded (M, 4) findings."""
    kept = kept_marks(probability)
    hit = hit_matrix(xyz, included) & kept[:, None]
    found = hit.any(axis=0)
    best = np.where(hit, probability[:, None], -np.inf).max(axis=0, initial=-np.inf)
    free = kept & ~hit.any(axis=1)
    rows = np.flatnonzero(free)
    irrelevant = (
        hit_matrix(xyz[rows], excluded).any(axis=1) if len(rows) and len(excluded) else np.zeros(len(rows), bool)
    )
    wrong = np.zeros(len(kept), bool)
    wrong[rows[~irrelevant]] = True
    return Judged(best[found], probability[wrong], found, wrong, int(irrelevant.sum()), int(hit.sum() - found.sum()))


@dataclass(frozen=True)
class Pool:
    """The marks of all scans, most probable first: ``tp`` (N,) float64 0 or 1, ``scan`` (N,), ``ends``: the last
    position of every distinct probability, ``nodules`` (scans,): included nodules of every scan."""

    tp: np.ndarray
    scan: np.ndarray
    ends: np.ndarray
    nodules: np.ndarray


def pool(nodules: np.ndarray, judged: Sequence[Judged]) -> Pool:
    """Pool the scans' marks; ``nodules`` (scans,) counts every scan's included nodules."""
    hits = [len(scan.hits) for scan in judged]
    falses = [len(scan.falses) for scan in judged]
    probability = np.concatenate([np.empty(0), *(s.hits for s in judged), *(s.falses for s in judged)])
    tp = np.repeat([1.0, 0.0], [sum(hits), sum(falses)])
    scans = np.arange(len(judged))
    scan = np.concatenate([np.repeat(scans, hits), np.repeat(scans, falses)]).astype(np.intp)
    order = np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, len(order) > 0))
    return Pool(tp[order], scan[order], ends, np.asarray(nodules))


def froc_curve(pooled: Pool, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """False positives a scan and sensitivity, both (T,), from (0, 0) on; ``weights`` (scans,) repeat scans (bootstrap).

    The operations are those of the evaluation in the same order: false positive *rate* times their number over scans.
    An exact eighth of a false positive a scan is therefore rounded as it is there, which decides which side of a step
    the interpolation takes.
    """
    weight = np.ones(len(pooled.nodules)) if weights is None else weights
    lesions = float(weight @ pooled.nodules)
    share = weight[pooled.scan]
    tps = np.cumsum(share * pooled.tp)[pooled.ends]
    fps = np.cumsum(share * (1 - pooled.tp))[pooled.ends]
    if not len(tps) or tps[-1] == 0:
        return np.zeros(1), np.zeros(1)
    sensitivity = tps / tps[-1] * tps[-1] / lesions
    rate = fps / fps[-1] * fps[-1] / weight.sum() if fps[-1] else np.zeros(len(fps))
    return np.append(0.0, rate), np.append(0.0, sensitivity)


def sensitivity_at(curve: tuple[np.ndarray, np.ndarray], rates: Sequence[float] | np.ndarray = FP_RATES) -> np.ndarray:
    """Sensitivity at these false positives a scan: linear between the curve's points, flat beyond its last."""
    return np.interp(rates, *curve)


def cpm_score(nodules: np.ndarray, judged: Sequence[Judged]) -> float:
    """The competition performance metric: mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false positives a scan.

    0 where no nodule is found at all (the contest's own script divides by zero there).

    >>> one = Judged(np.array([0.9]), np.array([0.95]), np.array([True]), np.array([True]), 0, 0)
    >>> round(cpm_score(np.array([1]), [one]), 4)  # a false positive in the only scan stands above the nodule
    0.5714
    """
    return float(sensitivity_at(froc_curve(pool(nodules, judged))).mean())


def bootstrap_cpm(nodules: np.ndarray, judged: Sequence[Judged], rounds: int, rng: np.random.Generator) -> np.ndarray:
    """CPM (rounds,) of scan-level resamples with replacement; scans without marks take part."""
    return bootstrap_sensitivity(nodules, judged, FP_RATES, rounds, rng).mean(axis=1)


def bootstrap_sensitivity(
    nodules: np.ndarray,
    judged: Sequence[Judged],
    rates: Sequence[float] | np.ndarray,
    rounds: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Sensitivity (rounds, rates) of scan-level resamples with replacement. The marks are sorted only once."""
    pooled, scans = pool(nodules, judged), len(nodules)
    rows = np.empty((rounds, len(rates)))
    for row in rows:
        weights = np.bincount(rng.integers(scans, size=scans), minlength=scans).astype(float)
        row[:] = sensitivity_at(froc_curve(pooled, weights), rates)
    return rows
