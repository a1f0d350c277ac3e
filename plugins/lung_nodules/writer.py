"""Predictions to marks: the rows of a submission, at most a hundred per scan, and the score of held-out scans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Sample

from . import froc, metric
from .reader import Scan
from .slabs import joined

LEAST_DISTANCE = 4.0
"""Detection: of marks nearer to each other than this (mm) only the most probable is written."""
RADII_APART = 1.4
"""Detection: no mark within this many radii of a more probable one. A large nodule's rim has candidates of its own."""


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each of the hundred most probable candidates of every scan; of equal ones the first.

    Where a scan has more marks, the evaluation drops all that tie with the 101st, so the cap is applied here.
    """
    for scan, candidates, probability in by_scan(samples, predictions):
        for position in most_probable(probability):
            yield scan.uid, *map(float, scan.candidates[candidates[position]]), float(probability[position])


def write_detections(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield rows as :func:`write` does, after non-maximum suppression."""
    for scan, candidates, probability in by_scan(samples, predictions):
        for position in suppress_neighbours(scan.candidates[candidates], scan.radii[candidates], probability):
            yield scan.uid, *map(float, scan.candidates[candidates[position]]), float(probability[position])


def suppress_neighbours(xyz: np.ndarray, radii: np.ndarray, probability: np.ndarray) -> list[int]:
    """Return the positions of at most a hundred marks (N, 3), the most probable first (non-maximum suppression).

    A mark is dropped when it lies within :data:`LEAST_DISTANCE` or :data:`RADII_APART` radii of one that is kept.
    """
    reach = np.maximum(LEAST_DISTANCE, RADII_APART * radii)
    kept: list[int] = []
    for position in np.argsort(-probability, kind="stable").tolist():
        if (np.linalg.norm(xyz[kept] - xyz[position], axis=1) > reach[kept]).all():
            kept.append(position)
            if len(kept) == froc.MAX_MARKS:
                break
    return kept


def most_probable(probability: np.ndarray) -> np.ndarray:
    """Return the positions of the hundred most probable marks (N,); of equal ones the first."""
    return np.argsort(-probability, kind="stable")[: froc.MAX_MARKS]


def by_scan(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray]
) -> Iterator[tuple[Scan, np.ndarray, np.ndarray]]:
    """Yield every scan with the indices of its candidates (n,) and their probabilities (n,), in the samples' order."""
    scans: dict[str, tuple[Scan, list[int], list[float]]] = {}  # the slabs of a scan have the same candidates
    for sample, prediction in zip(samples, predictions, strict=True):
        scan = sample.x.scan
        _, candidates, values = scans.setdefault(scan.uid, (scan, [], []))
        candidates.append(sample.x.index)
        values.append(float(np.clip(np.ravel(prediction)[-1], 0, 1)))
    for scan, candidates, values in scans.values():
        yield scan, np.asarray(candidates), np.asarray(values)


def truth(samples: Sequence[Sample]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a perfect submission: every nodule of the samples' scans."""
    return metric.perfect_rows((uid, scan.nodules) for uid, scan in scans_of(samples).items())


def evaluate(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, Mapping[str, Any]]:
    """Score held-out scans as the contest does: CPM and its details."""
    return _evaluate(write(samples, predictions, tuned), samples)


def evaluate_detections(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, Mapping[str, Any]]:
    """Score the marks of :func:`write_detections`, with the fraction of nodules that have a candidate."""
    score, details = _evaluate(write_detections(samples, predictions, tuned), samples)
    scans = scans_of(samples)
    covered = [froc.hit_matrix(s.candidates, s.nodules).any(axis=0) for s in scans.values() if len(s.nodules)]
    recall = float(np.concatenate(covered).mean()) if covered else None
    return score, {**details, "candidate_recall": recall, "candidates_per_scan": len(samples) / max(len(scans), 1)}


def scans_of(samples: Sequence[Sample]) -> dict[str, Scan]:
    """Return the samples' scans by uid, with the scans attached to them; the slabs of a scan are joined."""
    scans: dict[str, list[Scan]] = {}
    for sample in samples:
        scans.setdefault(sample.x.scan.uid, []).append(sample.x.scan)
    for found in list(scans.values()):
        scans.update({empty.uid: [empty] for empty in found[0].empty})
    return {uid: joined(found) for uid, found in scans.items()}


def _evaluate(rows: Iterator[tuple[Any, ...]], samples: Sequence[Sample]) -> tuple[float, Mapping[str, Any]]:
    matched = match_rows(rows, scans_of(samples))
    nodules = np.array([len(scan.nodules) for scan, _, _ in matched])
    results = [result for _, _, result in matched]
    return froc.cpm_score(nodules, results), metric.details(nodules, results)


def match_rows(
    rows: Iterator[tuple[Any, ...]], scans: Mapping[str, Scan]
) -> list[tuple[Scan, np.ndarray, froc.ScanResult]]:
    """Match a submission's rows with the scans' findings: (scan, marks (n, 4), result) in the scans' order."""
    marks: dict[str, list[Any]] = {uid: [] for uid in scans}
    for uid, *mark in rows:
        marks[uid].append(mark)
    matched = []
    for uid, scan in scans.items():
        table = np.array(marks[uid]).reshape(-1, 4)
        matched.append((scan, table, froc.match_marks(table[:, :3], table[:, 3], scan.nodules, scan.excluded)))
    return matched
