"""Metrics by the names that contests use, each with its direction and the predictions that it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from kit.errors import KitError
from kit.metrics.agreement import balanced_accuracy, macro_f1, micro_f1, quadratic_weighted_kappa, sample_f
from kit.metrics.curves import roc_auc
from kit.metrics.labels import accuracy, f1, log_loss
from kit.metrics.overlap import dice, iou
from kit.metrics.ranking import gini, map_at_k, ndcg_at_k
from kit.metrics.regression import mae, r2, rmse, rmsle

Function = Callable[[Any, Any], float]
Needs = Literal["class", "probability", "value", "ranking", "mask"]


@dataclass(frozen=True)
class NamedMetric:
    """A metric as contests know it.

    >>> by_name("MAE").function([1, 2], [1, 4]), by_name("MAE").needs
    (1.0, 'value')
    """

    name: str
    function: Function
    """Called with ``y_true, y_pred``."""
    higher_is_better: bool
    needs: Needs
    """What predictions are: classes, probabilities (or any scores, for an AUC), numbers, rankings, or masks."""
    aliases: tuple[str, ...] = ()


def column_wise(metric: Function, y_true: Any, y_pred: Any) -> float:
    """Compute the mean of a metric over the columns of two arrays (N, K). Raises ValueError for other shapes.

    >>> column_wise(mae, [[1, 2], [3, 4]], [[1, 3], [3, 5]])
    0.5
    """
    truth, guess = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim != 2 or truth.shape != guess.shape or not truth.shape[1]:
        raise ValueError(f"y_true and y_pred must have one shape (N, K), not {truth.shape} and {guess.shape}")
    return float(np.mean([metric(truth[:, column], guess[:, column]) for column in range(truth.shape[1])]))


def over_masks(metric: Callable[[Any, Any, Any], Any], y_true: Any, y_pred: Any) -> float:
    """Compute the mean over images of an overlap such as :func:`dice`; masks are bool or 0 and 1, (H, W) each.

    >>> over_masks(dice, [np.array([[1, 1]])], [np.array([[1, 1]])])
    1.0
    """
    if len(y_true) != len(y_pred) or not len(y_true):
        raise ValueError(f"y_true has {len(y_true)} masks and y_pred has {len(y_pred)}")
    values = []
    for number in range(len(y_true)):
        truth, guess = (np.asarray(masks[number]).astype(bool) for masks in (y_true, y_pred))
        if truth.shape != guess.shape:
            raise ValueError(f"mask {number}: y_true has the shape {truth.shape} and y_pred has {guess.shape}")
        values.append(metric(truth.sum(), guess.sum(), (truth & guess).sum()))
    return float(np.mean(values))


NAMED = (
    NamedMetric("accuracy", accuracy, True, "class", ("categorization accuracy", "acc")),
    NamedMetric("balanced accuracy", balanced_accuracy, True, "class"),
    NamedMetric("F1", f1, True, "class", ("f1 score", "binary f1")),
    NamedMetric("macro F1", macro_f1, True, "class", ("f1 macro", "mean f1")),
    NamedMetric("micro F1", micro_f1, True, "class", ("f1 micro",)),
    NamedMetric("quadratic weighted kappa", quadratic_weighted_kappa, True, "class", ("qwk", "kappa", "cohen kappa")),
    NamedMetric("mean sample F1", partial(sample_f, beta=1), True, "class", ("sample f1", "samples f1", "f1 samples")),
    NamedMetric(
        "mean sample F2", partial(sample_f, beta=2), True, "class", ("sample f2", "samples f2", "f2", "mean f2")
    ),
    NamedMetric("AUC", roc_auc, True, "probability", ("roc auc", "area under the roc curve")),
    NamedMetric("Gini", gini, True, "probability", ("normalized gini",)),
    NamedMetric("log loss", log_loss, False, "probability", ("logloss", "cross entropy", "multi class log loss")),
    NamedMetric("mean column-wise AUC", partial(column_wise, roc_auc), True, "probability", ("mean auc", "macro auc")),
    NamedMetric("mean column-wise log loss", partial(column_wise, log_loss), False, "probability", ("mean log loss",)),
    NamedMetric("RMSE", rmse, False, "value", ("root mean squared error",)),
    NamedMetric("RMSLE", rmsle, False, "value", ("rmse of log", "root mean squared logarithmic error")),
    NamedMetric("MAE", mae, False, "value", ("mean absolute error",)),
    NamedMetric("R2", r2, True, "value", ("r squared",)),
    NamedMetric("mean column-wise RMSE", partial(column_wise, rmse), False, "value", ("mcrmse",)),
    NamedMetric("Dice", partial(over_masks, dice), True, "mask", ("dice coefficient",)),
    NamedMetric("IoU", partial(over_masks, iou), True, "mask", ("jaccard", "intersection over union")),
)
AT_K: dict[str, Callable[..., float]] = {"MAP": map_at_k, "NDCG": ndcg_at_k}


def by_name(name: str) -> NamedMetric:
    """Find a metric by a contest's name for it, in any spelling. Raises KitError with the known names.

    >>> by_name("roc_auc").name, by_name("MAP@5").name, by_name("rmsle").higher_is_better
    ('AUC', 'MAP@5', False)
    """
    ranked = re.fullmatch(r"\s*(map|ndcg)\s*@\s*([1-9][0-9]{0,5})\s*", name, re.IGNORECASE | re.ASCII)
    if ranked:
        kind, k = ranked[1].upper(), int(ranked[2])
        return NamedMetric(f"{kind}@{k}", partial(AT_K[kind], k=k), True, "ranking")
    for metric in NAMED:
        if _plain(name) in map(_plain, (metric.name, *metric.aliases)):
            return metric
    known = ", ".join([metric.name for metric in NAMED] + [f"{kind}@K" for kind in AT_K])
    raise KitError("this metric is not known", expected=known, found=name)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
