"""What held-out class probabilities say: the confusion matrix, the most confident mistakes, calibration. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from kit.contract.sample import Sample

MOST_CLASSES = 50
SUM_TOLERANCE = 0.02  # half precision and averaging leave sums a little off 1


@dataclass(frozen=True)
class Judged:
    """Labelled samples with class probabilities.

    ``positions`` (N,) points into the samples they were taken from; ``truth`` and ``guess`` (N,) are classes,
    ``probabilities`` is (N, K) and its rows sum to 1.
    """

    positions: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray

    @property
    def guess(self) -> np.ndarray:
        """The likeliest class of each sample."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> np.ndarray:
        """The probability of the likeliest class of each sample."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.probabilities.shape[1])


def judge(samples: Sequence[Sample], predictions: Sequence[np.ndarray]) -> Judged | None:
    """Take the labelled samples if the predictions are class probabilities, else return None.

    Class probabilities are vectors (K,) of one length that sum to 1, or single numbers from 0 to 1 where all labels are
    0 or 1. Samples without a whole-number label are left out.
    """
    labels = [_label(sample.y) for sample in samples]
    kept = np.array([at for at, label in enumerate(labels) if label is not None], dtype=np.int64)
    if len(kept) == 0 or len(samples) != len(predictions):
        return None
    truth = np.array([labels[at] for at in kept], dtype=np.int64)
    probabilities = _probabilities([np.asarray(predictions[at]) for at in kept])
    if probabilities is None or truth.min() < 0 or truth.max() >= probabilities.shape[1]:
        return None
    return Judged(kept, truth, probabilities)


def _label(y: Any) -> int | None:
    if isinstance(y, np.ndarray) and y.size == 1:
        y = y.reshape(()).item()
    if isinstance(y, bool | np.bool_) or (isinstance(y, float) and y in (0.0, 1.0)):
        return int(y)
    return int(y) if isinstance(y, Integral) else None


def _probabilities(predictions: Sequence[np.ndarray]) -> np.ndarray | None:
    """The predictions as (N, K) rows that sum to 1, or None."""
    shapes = {prediction.shape for prediction in predictions}
    shape = shapes.pop()
    if shapes or len(shape) > 1 or not np.issubdtype(predictions[0].dtype, np.floating):
        return None
    values = np.stack(predictions).astype(np.float64).reshape(len(predictions), -1)  # (N, K)
    if not np.isfinite(values).all() or values.size == 0 or values.min() < -1e-6 or values.max() > 1 + 1e-3:
        return None
    if values.shape[1] == 1:
        return np.hstack([1 - values, values])
    sums = values.sum(axis=1, keepdims=True)
    return values / sums if np.abs(sums - 1).max() <= SUM_TOLERANCE else None


@dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix: its count, its share of the row, and how strongly to colour it (0 to 10)."""

    count: int
    rate: float
    heat: int
    hit: bool


@dataclass(frozen=True)
class Row:
    """One true class: its cells, how many samples it has and how many of those were recognised (recall)."""

    label: int
    cells: tuple[Cell, ...]
    total: int
    recall: float


def counts(judged: Judged) -> np.ndarray:
    """The confusion matrix, (K, K) counts: true classes are rows, likeliest classes columns."""
    matrix = np.zeros((judged.classes, judged.classes), dtype=np.int64)
    np.add.at(matrix, (judged.truth, judged.guess), 1)
    return matrix


def confusion(judged: Judged) -> tuple[list[Row], list[float]]:
    """The confusion matrix as rows to show, and every column's precision (NaN for a class never predicted)."""
    matrix = counts(judged)
    rows = []
    for label, line in enumerate(matrix):
        total = int(line.sum())
        cells = tuple(_cell(int(count), total, column == label) for column, count in enumerate(line))
        rows.append(Row(label, cells, total, cells[label].rate))
    columns = matrix.sum(axis=0)
    precision = [float(matrix[k, k] / n) if n else float("nan") for k, n in enumerate(columns)]
    return rows, precision


def _cell(count: int, total: int, hit: bool) -> Cell:
    rate = count / total if total else float("nan")
    # Mistakes are rare, so their colour grows with the root of the rate: one in a hundred is still seen.
    strength = 0.0 if not count else rate if hit else rate**0.5
    return Cell(count, rate, max(1, round(10 * strength)) if count else 0, hit)


def confused_pairs(judged: Judged, limit: int = 10) -> list[tuple[int, int, int, float]]:
    """The commonest mistakes: (true class, predicted class, count, share of the true class), most frequent first."""
    matrix = counts(judged)
    totals = matrix.sum(axis=1)
    np.fill_diagonal(matrix, 0)
    order = np.argsort(-matrix, axis=None, kind="stable")[:limit]
    pairs = [tuple(int(at) for at in np.unravel_index(place, matrix.shape)) for place in order]
    return [(t, g, int(matrix[t, g]), float(matrix[t, g] / totals[t])) for t, g in pairs if matrix[t, g]]


def mistakes(judged: Judged, limit: int = 12) -> np.ndarray:
    """The rows of ``judged`` (at most ``limit``) that are wrong with the highest confidence, surest first."""
    wrong = np.flatnonzero(judged.guess != judged.truth)
    order = np.argsort(-judged.confidence[wrong], kind="stable")
    return wrong[order[:limit]]


@dataclass(frozen=True)
class Calibration:
    """Reliability in equal-width bins: per non-empty bin the mean confidence, the share that came true, and the count.

    ``error`` is the expected calibration error: the bins' mean distance between the two, weighted by their counts
    (Guo et al. 2017, "On Calibration of Modern Neural Networks"). For two classes the second's probability is judged,
    otherwise that of the likeliest class.
    """

    confidence: np.ndarray
    rate: np.ndarray
    count: np.ndarray
    error: float
    bins: int
    binary: bool


def calibration(judged: Judged, bins: int = 10) -> Calibration:
    """Compare what the probabilities promise with what came true."""
    binary = judged.classes == 2
    promised = judged.probabilities[:, 1] if binary else judged.confidence
    came_true = judged.truth == 1 if binary else judged.guess == judged.truth
    place = np.minimum((promised * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    full = count > 0
    confidence = np.bincount(place, weights=promised, minlength=bins)[full] / count[full]
    rate = np.bincount(place, weights=came_true, minlength=bins)[full] / count[full]
    error = float(np.abs(confidence - rate) @ count[full] / count.sum())
    return Calibration(confidence, rate, count[full], error, bins, binary)
