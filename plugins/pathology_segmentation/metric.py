"""F1 (Dice) of cancer, from run-length encodings alone: pooled and per image, with IoU, precision and recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit import Table
from kit.blocks.runs import area, intersection
from kit.metrics import dice, iou

from .rle import from_text

ID, RUNS = "ImageId", "EncodedPixels"


def prepare(truth: Table, submission: Table) -> tuple[np.ndarray, np.ndarray]:
    """Compute areas per image in pixels: true (N, 1); predicted, and predicted where it is true (N, 2)."""
    row_of = {str(name): row for row, name in enumerate(submission[ID])}
    texts = [
        (str(runs), str(submission[RUNS][row_of[str(name)]])) for name, runs in zip(truth[ID], truth[RUNS], strict=True)
    ]
    pairs = [(from_text(true), from_text(predicted)) for true, predicted in texts]
    y_true = np.array([[area(true)] for true, _ in pairs], dtype=np.float64).reshape(-1, 1)
    y_pred = [[area(predicted), intersection(true, predicted)] for true, predicted in pairs]
    return y_true, np.array(y_pred, dtype=np.float64).reshape(-1, 2)


def pooled_f1(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Compute F1 of cancer over the pixels of all images; 1 where no image has any, neither true nor predicted."""
    return float(dice(y_true.sum(), y_pred[:, 0].sum(), y_pred[:, 1].sum()))


def details(y_true: np.ndarray, y_pred: np.ndarray) -> dict[str, Any]:
    """Compute the mean F1 per image (empty against empty is 1), and pooled IoU, precision and recall of cancer."""
    true, predicted, both = y_true.sum(), y_pred[:, 0].sum(), y_pred[:, 1].sum()
    per_image = dice(y_true[:, 0], y_pred[:, 0], y_pred[:, 1])
    return {
        "mean_f1_per_image": float(np.mean(per_image)),
        "iou": float(iou(true, predicted, both)),
        "precision": float(both / predicted) if predicted else None,
        "recall": float(both / true) if true else None,
        "images": len(per_image),
        "images_with_cancer": int((y_true[:, 0] > 0).sum()),
        "images_predicted_with_cancer": int((y_pred[:, 0] > 0).sum()),
    }


def bootstrap(y_true: np.ndarray, y_pred: np.ndarray, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Compute pooled F1 of ``rounds`` resamplings of the images: sums weighted by how often each image was drawn."""
    count = len(y_true)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=rounds).astype(np.float64)
    sums = weights @ np.c_[y_true, y_pred]  # (rounds, 3)
    return np.asarray(dice(sums[:, 0], sums[:, 1], sums[:, 2]))
