"""The confusion matrix of held-out predictions, and the classes that are confused most often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.report.classification import ClassPredictions

MOST_CLASSES = 50  # a larger matrix is not readable


@dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix: its count, its fraction of the row, and how strongly to colour it (0 to 10)."""

    count: int
    rate: float
    heat: int
    hit: bool


@dataclass(frozen=True)
class Row:
    """One true class: its cells, its number of samples, and its recall."""

    label: int
    cells: tuple[Cell, ...]
    total: int
    recall: float


def confusion_matrix(predicted: ClassPredictions) -> np.ndarray:
    """The confusion matrix, (K, K) counts: rows are true classes, columns predicted ones."""
    matrix = np.zeros((predicted.classes, predicted.classes), dtype=np.int64)
    np.add.at(matrix, (predicted.truth, predicted.guess), 1)
    return matrix


def confusion_rows(predicted: ClassPredictions) -> tuple[list[Row], list[float]]:
    """The confusion matrix as rows to show, and the precision of each column (NaN for a class never predicted)."""
    matrix = confusion_matrix(predicted)
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
    # Mistakes are rare, so their colour grows with the square root of the rate: one in a hundred is still visible.
    strength = 0.0 if not count else rate if hit else rate**0.5
    return Cell(count, rate, max(1, round(10 * strength)) if count else 0, hit)


def confused_pairs(predicted: ClassPredictions, limit: int = 10) -> list[tuple[int, int, int, float]]:
    """The most frequent mistakes: (true class, predicted class, count, fraction of the true class), in order."""
    matrix = confusion_matrix(predicted)
    totals = matrix.sum(axis=1)
    np.fill_diagonal(matrix, 0)
    order = np.argsort(-matrix, axis=None, kind="stable")[:limit]
    pairs = [tuple(int(at) for at in np.unravel_index(flat, matrix.shape)) for flat in order]
    return [(t, g, int(matrix[t, g]), float(matrix[t, g] / totals[t])) for t, g in pairs if matrix[t, g]]
