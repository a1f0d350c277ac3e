"""Calibration of held-out predictions: are predicted probabilities as high as they are often true?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.report.classification import ClassPredictions


@dataclass(frozen=True)
class Calibration:
    """Reliability in bins of equal width: each non-empty bin's mean confidence, fraction that was true, and count.

    ``error`` is the expected calibration error: the bins' mean distance between the two, weighted by their counts
    (Guo et al. 2017, "On Calibration of Modern Neural Networks"). For two classes the probability is that of the
    second class, otherwise that of the most probable class.
    """

    confidence: np.ndarray
    rate: np.ndarray
    count: np.ndarray
    error: float
    bins: int
    binary: bool


def calibration(predicted: ClassPredictions, bins: int = 10) -> Calibration:
    """Compare predicted probabilities with how often they were true."""
    binary = predicted.classes == 2
    confidence_of = predicted.probabilities[:, 1] if binary else predicted.confidence
    is_true = predicted.truth == 1 if binary else predicted.guess == predicted.truth
    bin_of = np.minimum((confidence_of * bins).astype(np.int64), bins - 1)
    count = np.bincount(bin_of, minlength=bins)
    full = count > 0
    confidence = np.bincount(bin_of, weights=confidence_of, minlength=bins)[full] / count[full]
    rate = np.bincount(bin_of, weights=is_true, minlength=bins)[full] / count[full]
    error = float(np.abs(confidence - rate) @ count[full] / count.sum())
    return Calibration(confidence, rate, count[full], error, bins, binary)
