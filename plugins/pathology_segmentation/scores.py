"""F1 (Dice) of cancer, from run-length encodings alone: pooled and by image, with IoU, precision and recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit import Table
from kit.metrics import dice, iou

from .rle import area, from_text, intersection

ID, RUNS = "ImageId", "EncodedPixels"


def prepare(truth: Table, guess: Table) -> tuple[np.ndarray, np.ndarray]:
    """Areas by image: the truth's (N, 1), and the guess's with what both share (N, 2), in pixels."""
    place = {str(name): row for row, name in enumerate(guess[ID])}
    wanted = [
        (str(runs), str(guess[RUNS][place[str(name)]])) for name, runs in zip(truth[ID], truth[RUNS], strict=True)
    ]
    pairs = [(from_text(true), from_text(given)) for true, given in wanted]
    y_true = np.array([[area(true)] for true, _ in pairs], dtype=np.float64).reshape(-1, 1)
    y_pred = [[area(given), intersection(true, given)] for true, given in pairs]
    return y_true, np.array(y_pred, dtype=np.float64).reshape(-1, 2)


def pooled_f1(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """F1 of cancer over the pixels of all images together; 1 where there is none, neither true nor predicted."""
    return float(dice(y_true.sum(), y_pred[:, 0].sum(), y_pred[:, 1].sum()))


def details(y_true: np.ndarray, y_pred: np.ndarray) -> dict[str, Any]:
    """The mean F1 by image (empty against empty is 1), and pooled IoU, precision and recall of cancer."""
    true, given, both = y_true.sum(), y_pred[:, 0].sum(), y_pred[:, 1].sum()
    by_image = dice(y_true[:, 0], y_pred[:, 0], y_pred[:, 1])
    return {
        "mean_f1_per_image": float(np.mean(by_image)),
        "iou": float(iou(true, given, both)),
        "precision": float(both / given) if given else None,
        "recall": float(both / true) if true else None,
        "images": len(by_image),
        "images_with_cancer": int((y_true[:, 0] > 0).sum()),
        "images_predicted_with_cancer": int((y_pred[:, 0] > 0).sum()),
    }


def bootstrap(y_true: np.ndarray, y_pred: np.ndarray, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Pooled F1 of ``rounds`` resamplings of the images: sums weighted by how often each was drawn."""
    count = len(y_true)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=rounds).astype(np.float64)
    sums = weights @ np.c_[y_true, y_pred]  # (rounds, 3)
    return np.asarray(dice(sums[:, 0], sums[:, 1], sums[:, 2]))
