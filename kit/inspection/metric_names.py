"""The metrics by the names that contests use: which targets they suit, and which one is the default."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kit.errors import KitError
from kit.inspection.findings import Fact, Kind, Values


@dataclass(frozen=True)
class MetricName:
    """A metric's name, the values that a submission must hold for it, and the kinds of target it suits."""

    name: str
    values: tuple[Values, ...]
    kinds: tuple[Kind, ...]
    aliases: tuple[str, ...] = ()


CLASSES: tuple[Kind, ...] = ("binary", "classes")
METRICS = (
    MetricName("accuracy", ("class",), CLASSES, ("categorization accuracy", "acc")),
    MetricName("balanced accuracy", ("class",), CLASSES),
    MetricName("F1", ("class",), ("binary",), ("f1 score", "binary f1")),
    MetricName("macro F1", ("class",), CLASSES, ("f1 macro", "mean f1")),
    MetricName("micro F1", ("class",), CLASSES, ("f1 micro",)),
    MetricName("quadratic weighted kappa", ("class",), CLASSES, ("qwk", "kappa", "cohen kappa")),
    MetricName("AUC", ("probability",), ("binary",), ("roc auc", "area under the roc curve")),
    MetricName("Gini", ("probability",), ("binary",), ("normalized gini",)),
    MetricName(
        "log loss", ("probability", "probabilities"), CLASSES, ("logloss", "cross entropy", "multi class log loss")
    ),
    MetricName("mean column-wise AUC", ("probabilities",), ("multi-label", "classes"), ("mean auc", "macro auc")),
    MetricName("mean column-wise log loss", ("probabilities",), ("multi-label",), ("mean log loss",)),
    MetricName("RMSE", ("numbers",), ("regression",), ("root mean squared error",)),
    MetricName("RMSLE", ("numbers",), ("regression",), ("rmse of log", "root mean squared logarithmic error")),
    MetricName("MAE", ("numbers",), ("regression",), ("mean absolute error",)),
    MetricName("R2", ("numbers",), ("regression",), ("r squared",)),
    MetricName("mean column-wise RMSE", ("numbers",), ("several numbers",), ("mcrmse",)),
    MetricName("Dice", ("rle",), ("masks",), ("dice coefficient",)),
    MetricName("IoU", ("rle",), ("masks",), ("jaccard", "intersection over union")),
)


def find_metric(given: str) -> MetricName:
    """Find a metric by any spelling of its name. Raises KitError with the known names."""
    for metric in METRICS:
        if _plain(given) in map(_plain, (metric.name, *metric.aliases)):
            return metric
    known = ", ".join(metric.name for metric in METRICS)
    raise KitError("this metric is not known", expected=known, found=given, remedy="write it into metric.py afterwards")


def choose_metric(given: str, kind: Kind, values: str, *, skewed: bool = False) -> tuple[str, Fact]:
    """The metric of a contest: the given one if it suits the target, else a default that is said to be one."""
    fitting = [metric for metric in METRICS if kind in metric.kinds and values in metric.values]
    names = ", ".join(metric.name for metric in fitting)
    if given:
        metric = find_metric(given)
        if metric not in fitting:
            raise KitError(
                f"the metric {metric.name} does not fit",
                expected=f"for {kind} with {values} one of: {names}",
                found=given,
                remedy="choose one of these with --metric, or the kind with --kind",
            )
        return metric.name, Fact("metric", metric.name, "given", "--metric")
    hint = "; the target is positive and skewed: RMSLE?" if skewed else ""
    reason = f"no file says how the contest scores{hint} (others: {names})" if len(fitting) > 1 else "the usual one"
    return fitting[0].name, Fact("metric", fitting[0].name, "unclear", reason, "--metric")


def wants_probabilities(given: str) -> bool:
    """Whether this metric is computed from probabilities."""
    return "class" not in find_metric(given).values


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
