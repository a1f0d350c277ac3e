"""Predictions to marks: the file format, at most a hundred marks a scan, and scoring of held-out scans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Sample

from . import froc, metric
from .reader import Scan

SAME_PLACE = 4.0
"""Detection: of marks nearer to each other than so many mm only the most probable one is written."""
SAME_THING = 1.4
"""Nor is a mark within so many radii of a more probable one: a large nodule's rim has candidates of its own."""


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield a row for the hundred most probable candidates of every scan, earlier ones first among equals.

    The evaluation drops whole groups of ties at its cap; a file that keeps to it loses none.
    """
    for scan, index, probability in by_scan(samples, predictions):
        for place in strongest(probability):
            yield scan.uid, *map(float, scan.candidates[index[place]]), float(probability[place])


def write_apart(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield rows as :func:`write` does, without the weaker of two marks at the same place."""
    for scan, index, probability in by_scan(samples, predictions):
        for place in apart(scan.candidates[index], scan.radii[index], probability):
            yield scan.uid, *map(float, scan.candidates[index[place]]), float(probability[place])


def apart(xyz: np.ndarray, radii: np.ndarray, probability: np.ndarray) -> list[int]:
    """The places of at most a hundred marks (N, 3), most probable first, none on the same thing as one before it."""
    reach = np.maximum(SAME_PLACE, SAME_THING * radii)
    kept: list[int] = []
    for place in np.argsort(-probability, kind="stable").tolist():
        if (np.linalg.norm(xyz[kept] - xyz[place], axis=1) > reach[kept]).all():
            kept.append(place)
            if len(kept) == froc.MAX_MARKS:
                break
    return kept


def strongest(probability: np.ndarray) -> np.ndarray:
    """The places of the hundred most probable marks (N,), the earlier ones among equals."""
    return np.argsort(-probability, kind="stable")[: froc.MAX_MARKS]


def by_scan(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray]
) -> Iterator[tuple[Scan, np.ndarray, np.ndarray]]:
    """Yield every scan with the places of its candidates (n,) and their probabilities (n,), in the samples' order."""
    scans: dict[str, tuple[Scan, list[int], list[float]]] = {}
    for sample, prediction in zip(samples, predictions, strict=True):
        scan = sample.x.scan
        _, places, values = scans.setdefault(scan.uid, (scan, [], []))
        places.append(sample.x.index)
        values.append(float(np.clip(np.ravel(prediction)[-1], 0, 1)))
    for scan, places, values in scans.values():
        yield scan, np.asarray(places), np.asarray(values)


def truth(samples: Sequence[Sample]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a perfect submission: every nodule of the samples' scans."""
    scans = {sample.x.scan.uid: sample.x.scan for sample in samples}
    return metric.perfect_rows((uid, scan.nodules) for uid, scan in scans.items())


def evaluate(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, Mapping[str, Any]]:
    """Score held-out scans as the contest would: CPM and its details."""
    return _evaluate(write(samples, predictions, tuned), samples)


def evaluate_apart(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, Mapping[str, Any]]:
    """Score held-out scans with :func:`write_apart`'s marks."""
    score, details = _evaluate(write_apart(samples, predictions, tuned), samples)
    scans = {sample.x.scan.uid: sample.x.scan for sample in samples}
    covered = [froc.hit_matrix(s.candidates, s.nodules).any(axis=0) for s in scans.values()]
    recall = float(np.concatenate(covered).mean()) if any(map(len, covered)) else None
    return score, {**details, "candidate_recall": recall, "candidates_per_scan": len(samples) / max(len(scans), 1)}


def _evaluate(rows: Iterator[tuple[Any, ...]], samples: Sequence[Sample]) -> tuple[float, Mapping[str, Any]]:
    judged = judge_rows(rows, {sample.x.scan.uid: sample.x.scan for sample in samples})
    nodules = np.array([len(scan.nodules) for scan, _, _ in judged])
    marks = np.empty(len(judged), object)
    marks[:] = [mark for _, _, mark in judged]
    return froc.cpm_score(nodules, marks), metric.details(nodules, marks)


def judge_rows(
    rows: Iterator[tuple[Any, ...]], scans: Mapping[str, Scan]
) -> list[tuple[Scan, np.ndarray, froc.Judged]]:
    """Judge written rows against the scans' own findings: (scan, marks (n, 4), judged) in the scans' order."""
    marks: dict[str, list[Any]] = {uid: [] for uid in scans}
    for uid, *mark in rows:
        marks[uid].append(mark)
    result = []
    for uid, scan in scans.items():
        table = np.array(marks[uid]).reshape(-1, 4)
        result.append((scan, table, froc.judge(table[:, :3], table[:, 3], scan.nodules, scan.excluded)))
    return result
