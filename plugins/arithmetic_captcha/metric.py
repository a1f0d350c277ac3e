"""The fraction of images that are read correctly as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit import Details, Metric, Prepare


def exact_match(y_true: Any, y_pred: Any) -> float:
    """Return the fraction of rows (N,) that are equal.

    >>> exact_match(["1+2+3 6", "2*2*2 8"], ["1+2+3 6", "2*2*2 6"])
    0.5
    """
    return float(np.mean(np.asarray(y_true, dtype=object) == np.asarray(y_pred, dtype=object)))


def bootstrap(y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``rounds`` scores of resampled rows. The number of correct rows among N draws is binomial."""
    return rng.binomial(len(y_true), exact_match(y_true, y_pred), rounds) / len(y_true)


def details(y_true: Any, y_pred: Any) -> dict[str, float]:
    """Count the wrong rows."""
    return {"wrong": sum(a != b for a, b in zip(y_true, y_pred, strict=True))}


def exact_match_metric(prepare: Prepare | None = None, details: Details = details) -> Metric:
    """Return the metric that all captcha tasks have."""
    return Metric(
        name="exact match",
        function=exact_match,
        higher_is_better=True,
        prepare=prepare,
        details=details,
        bootstrap=bootstrap,
        best=1.0,
    )
