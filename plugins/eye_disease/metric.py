"""ROC AUC and the figures beside it; P against H apart, because high myopia without pathology is the hard part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit import Sample
from kit.metrics import UndefinedMetricError, accuracy, f1, roc_auc, sensitivity, specificity

THRESHOLD = 0.5


def auc(y_true: Any, y_score: Any) -> float:
    """Compute the ROC AUC; NaN where only one class occurs."""
    try:
        return roc_auc(y_true, y_score)
    except UndefinedMetricError:
        return float("nan")


def details(y_true: Any, y_score: Any) -> dict[str, Any]:
    """Compute accuracy, sensitivity, specificity and F1 of calling a risk of at least one half pathological."""
    truth = np.asarray(y_true).astype(np.int64)
    called = (np.asarray(y_score) >= THRESHOLD).astype(np.int64)
    figures = {"accuracy": accuracy, "sensitivity": sensitivity, "specificity": specificity, "f1": f1}
    found: dict[str, Any] = {name: float(figure(truth, called)) for name, figure in figures.items()}
    return {**found, "threshold": THRESHOLD, "positives": int(truth.sum()), "negatives": int((1 - truth).sum())}


def evaluate(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, dict[str, Any]]:
    """Compute the AUC of held-out training photographs, with P against H and P against N among the details.

    An AUC that needs a kind which is not there is None.
    """
    risk = risks(predictions)
    truth = np.array([int(sample.y) for sample in samples])
    letters = np.array([sample.meta.get("letter", "") for sample in samples])
    further: dict[str, Any] = {}
    for letter in "HN":
        chosen = (truth == 1) | (letters == letter)
        value = auc(truth[chosen], risk[chosen])
        further[f"p_vs_{letter.lower()}_auc"] = None if np.isnan(value) else value
    return auc(truth, risk), {**details(truth, risk), **further}


def risks(predictions: Sequence[np.ndarray]) -> np.ndarray:
    """The risk of each prediction, whether it is one probability or a pair: float64 (N,)."""
    return np.array([float(np.ravel(prediction)[-1]) for prediction in predictions])
