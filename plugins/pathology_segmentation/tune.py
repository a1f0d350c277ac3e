"""What is fitted on held-out predictions: the threshold, and how small an object or a hole is taken for noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit import Sample
from kit.metrics import dice

from .label import prediction_truth
from .slide import open_slide
from .writer import NO_RULE, cell_area, cleaned

BINS = 200
LOWEST, HIGHEST = 0.1, 0.9
SIZES = (0, 4_000, 16_000)  # pixels of the slide; a nucleus covers some 200 of them at 20x
GAIN = 1e-3  # a rule that helps by less is not worth having


def tune(samples: Sequence[Sample], predictions: Sequence[np.ndarray], config: Any) -> dict[str, float]:
    """Choose the threshold with the best pooled F1, then the least object and hole that raise it; areas in pixels of
    the slide. Without cancer among the held-out slides there is nothing to choose by."""
    truths = [prediction_truth(s.y, str(s.x), p.shape) for s, p in zip(samples, predictions, strict=True)]
    if not any(truth.any() for truth in truths):
        return dict(NO_RULE)
    slides = [open_slide(str(sample.x)) for sample in samples]
    scales = [cell_area(p.shape, s.height, s.width) for p, s in zip(predictions, slides, strict=True)]
    threshold = best_threshold(predictions, truths, scales)
    chosen = {**NO_RULE, "threshold": threshold}
    masks = [prediction >= threshold for prediction in predictions]
    for name in ("smallest_object", "smallest_hole"):
        best = _score(masks, truths, scales)
        for size in SIZES[1:]:
            limits = (size, 0) if name == "smallest_object" else (0, size)
            tried = [cleaned(m, limits[0] / scale, limits[1] / scale) for m, scale in zip(masks, scales, strict=True)]
            score = _score(tried, truths, scales)
            if score > best + GAIN:
                best, chosen[name], kept = score, size, tried
        if chosen[name]:
            masks = kept
    return chosen


def counts(
    predictions: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds (T,), and at each the pixels predicted and those rightly so, in pixels of the slides."""
    histogram = np.zeros((2, BINS + 1))
    for prediction, truth, scale in zip(predictions, truths, scales, strict=True):
        bins = np.floor(prediction.astype(np.float32) * BINS).astype(np.int64).clip(0, BINS)
        both = np.bincount((bins + (BINS + 1) * truth).ravel(), minlength=2 * (BINS + 1))
        histogram += both.reshape(2, -1) * scale
    above = histogram[:, ::-1].cumsum(axis=1)[:, ::-1]  # pixels of a bin or a higher one
    return np.arange(BINS + 1) / BINS, above.sum(axis=0), above[1]


def best_threshold(predictions: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int]) -> float:
    """The threshold between 0.1 and 0.9 with the best pooled F1; in the middle of a plateau."""
    thresholds, given, both = counts(predictions, truths, scales)
    allowed = (thresholds >= LOWEST) & (thresholds <= HIGHEST)
    f1 = np.where(allowed, 2 * both / np.maximum(given + both[0], 1), -1)
    good = np.flatnonzero(f1 >= f1.max() - 1e-4)
    return float(thresholds[good[len(good) // 2]])


def _score(masks: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int]) -> float:
    weight = np.array(scales, dtype=np.float64)
    true, given, both = (
        float((weight * [array.sum() for array in arrays]).sum())
        for arrays in (truths, masks, [m & t for m, t in zip(masks, truths, strict=True)])
    )
    return float(dice(true, given, both))
