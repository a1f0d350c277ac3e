"""A linear layer fitted by logistic regression on features, with the regularisation chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Values of scikit-learn's ``C`` (the inverse of the regularisation) that are tried."""

FOLDS = 5
MOST_ITERATIONS = 1000


@dataclass(frozen=True)
class LinearHead:
    """Weights (D, outputs) and biases (outputs,) for raw features, the chosen ``C`` and its inner log loss."""

    weight: np.ndarray
    bias: np.ndarray
    c: float
    loss: float


def fit_linear_head(
    features: np.ndarray, labels: np.ndarray, groups: Sequence[str | None], *, outputs: int, seed: int = 0
) -> LinearHead:
    """Fit logits of integer labels (N,) from features (N, V, D): V views of each sample.

    One output is the logit of class 1; several are those of the classes 0 to ``outputs`` - 1. Features are standardised
    for the fit, and the standardisation is folded into the weights. Samples of one group are never in both parts of an
    inner fold.
    """
    losses = [_fold_losses(features, labels, groups, c, seed) for c in STRENGTHS]
    chosen = _one_standard_error(losses)
    model = _fit(features, labels, STRENGTHS[chosen])
    scaler, regression = model[0], model[-1]
    coefficients = regression.coef_ / scaler.scale_  # (1 or classes, D)
    intercepts = regression.intercept_ - coefficients @ scaler.mean_
    weight, bias = _spread(coefficients, intercepts, regression.classes_, outputs)
    return LinearHead(weight, bias, STRENGTHS[chosen], float(np.mean(losses[chosen])))


def _one_standard_error(losses: Sequence[Sequence[float]]) -> int:
    """The strongest regularisation whose mean loss is within one standard error of the lowest.

    The rule of Breiman et al. 1984: the differences below a standard error are noise, and the simpler model is safer.
    """
    means = [float(np.mean(folds)) for folds in losses]
    lowest = int(np.argmin(means))
    error = float(np.std(losses[lowest], ddof=1)) / len(losses[lowest]) ** 0.5 if len(losses[lowest]) > 1 else 0.0
    return next(position for position, mean in enumerate(means) if mean <= means[lowest] + error)


def _fit(features: np.ndarray, labels: np.ndarray, c: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    views = features.shape[1]
    rows = features.reshape(len(features) * views, -1)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=MOST_ITERATIONS))
    return model.fit(rows, np.repeat(labels, views))


def _fold_losses(
    features: np.ndarray, labels: np.ndarray, groups: Sequence[str | None], c: float, seed: int
) -> list[float]:
    """The log loss on each inner fold; infinity where a class has a single sample."""
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedGroupKFold

    classes, counts = np.unique(labels, return_counts=True)
    folds = min(FOLDS, int(counts.min()))
    if folds < 2:  # nothing to choose by: the first strength stays
        return [float("inf")]
    owners = np.unique([f"={i}" if group is None else group for i, group in enumerate(groups)], return_inverse=True)[1]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    losses = []
    for train, valid in splitter.split(features, labels, owners):
        if len(np.unique(labels[train])) < len(classes) or not len(valid):
            continue
        model = _fit(features[train], labels[train], c)
        views = [model.predict_proba(features[valid][:, view]) for view in range(features.shape[1])]
        losses.append(log_loss(labels[valid], np.mean(views, axis=0), labels=classes))
    return losses or [float("inf")]


def _spread(
    coefficients: np.ndarray, intercepts: np.ndarray, classes: np.ndarray, outputs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases for all outputs; classes that the training part lacks get a logit far below the others."""
    if outputs == 1:
        return coefficients.T, intercepts
    if len(classes) == 2:  # scikit-learn gives one logit; half of it to each class is the same softmax
        coefficients, intercepts = np.stack([-0.5, 0.5])[:, None] * coefficients, np.stack([-0.5, 0.5]) * intercepts
    weight = np.zeros((coefficients.shape[1], outputs))
    bias = np.full(outputs, intercepts.min() - 20.0)
    weight[:, classes], bias[classes] = coefficients.T, intercepts
    return weight, bias
