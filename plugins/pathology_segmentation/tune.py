"""Fit the postprocessing on held-out predictions: the threshold, and which objects and holes are too small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit import Sample
from kit.metrics import dice

from .annotations.label import mask_on_grid
from .config import SlideConfig
from .postprocessing import DEFAULTS, cell_area, remove_small
from .slide import open_slide

BINS = 200
LOWEST, HIGHEST = 0.1, 0.9
SIZES = (0, 4_000, 16_000)  # pixels of the slide; a nucleus covers about 200 of them at 20x
GAIN = 1e-3  # a size is only chosen if it raises F1 by more than this


def tune(samples: Sequence[Sample], predictions: Sequence[np.ndarray], config: SlideConfig) -> dict[str, float]:
    """Choose the threshold with the best pooled F1, then the object size and the hole size that raise it.

    Areas are in pixels of the slide. Without cancer on the held-out slides the defaults are returned.
    """
    truths = [mask_on_grid(s.y, str(s.x), (p.shape[0], p.shape[1])) for s, p in zip(samples, predictions, strict=True)]
    if not any(truth.any() for truth in truths):
        return dict(DEFAULTS)
    slides = [open_slide(str(sample.x)) for sample in samples]
    scales = [cell_area(p.shape, s.height, s.width) for p, s in zip(predictions, slides, strict=True)]
    threshold = best_threshold(predictions, truths, scales)
    chosen = {**DEFAULTS, "threshold": threshold}
    masks = [prediction >= threshold for prediction in predictions]
    for name in ("smallest_object", "smallest_hole"):
        best = _pooled_f1(masks, truths, scales)
        for size in SIZES[1:]:
            limits = (size, 0) if name == "smallest_object" else (0, size)
            tried = [
                remove_small(m, limits[0] / scale, limits[1] / scale) for m, scale in zip(masks, scales, strict=True)
            ]
            f1 = _pooled_f1(tried, truths, scales)
            if f1 > best + GAIN:
                best, chosen[name], kept = f1, size, tried
        if chosen[name]:
            masks = kept
    return chosen


def counts(
    predictions: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, at each threshold (T,), the predicted pixels and the true positives, in pixels of the slides."""
    histogram = np.zeros((2, BINS + 1))
    for prediction, truth, scale in zip(predictions, truths, scales, strict=True):
        bins = np.floor(prediction.astype(np.float32) * BINS).astype(np.int64).clip(0, BINS)
        both = np.bincount((bins + (BINS + 1) * truth).ravel(), minlength=2 * (BINS + 1))
        histogram += both.reshape(2, -1) * scale
    above = histogram[:, ::-1].cumsum(axis=1)[:, ::-1]  # pixels of a bin or a higher one
    return np.arange(BINS + 1) / BINS, above.sum(axis=0), above[1]


def best_threshold(predictions: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int]) -> float:
    """Find the threshold between 0.1 and 0.9 with the best pooled F1; of a plateau, its middle."""
    thresholds, predicted, both = counts(predictions, truths, scales)
    allowed = (thresholds >= LOWEST) & (thresholds <= HIGHEST)
    f1 = np.where(allowed, 2 * both / np.maximum(predicted + both[0], 1), -1)
    good = np.flatnonzero(f1 >= f1.max() - 1e-4)
    return float(thresholds[good[len(good) // 2]])


def _pooled_f1(masks: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int]) -> float:
    weight = np.array(scales, dtype=np.float64)
    true, predicted, both = (
        float((weight * [array.sum() for array in arrays]).sum())
        for arrays in (truths, masks, [m & t for m, t in zip(masks, truths, strict=True)])
    )
    return float(dice(true, predicted, both))
