"""Held-out predictions of a classifier: labelled samples with class probabilities. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from kit.contract.sample import Sample

SUM_TOLERANCE = 0.02  # in half precision and after averaging, sums differ a little from 1


@dataclass(frozen=True)
class ClassPredictions:
    """Labelled samples with class probabilities.

    ``positions`` (N,) are indices into the samples that they were taken from; ``truth`` and ``guess`` (N,) are the true
    and the predicted classes; ``probabilities`` is (N, K), and its rows sum to 1.
    """

    positions: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray

    @property
    def guess(self) -> np.ndarray:
        """The most probable class of each sample."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> np.ndarray:
        """The probability of the most probable class of each sample."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def classes(self) -> int:
        """The number of classes K."""
        return int(self.probabilities.shape[1])


def class_predictions(samples: Sequence[Sample], predictions: Sequence[np.ndarray]) -> ClassPredictions | None:
    """Select the labelled samples if the predictions are class probabilities, else return None.

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
    return ClassPredictions(kept, truth, probabilities)


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


def mistakes(predicted: ClassPredictions, limit: int = 12) -> np.ndarray:
    """The rows of ``predicted`` (at most ``limit``) that are wrong, those with the highest confidence first."""
    wrong = np.flatnonzero(predicted.guess != predicted.truth)
    order = np.argsort(-predicted.confidence[wrong], kind="stable")
    return wrong[order[:limit]]
