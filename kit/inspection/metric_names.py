"""The metrics by the names that contests use: which targets they suit, and which one is the default."""

from __future__ import annotations

from dataclasses import dataclass

from kit.errors import KitError
from kit.inspection.findings import Fact, Kind, Values
from kit.metrics import by_name


@dataclass(frozen=True)
class MetricName:
    """A metric's name, the values that a submission must hold for it, and the kinds of target it suits."""

    name: str
    values: tuple[Values, ...]
    kinds: tuple[Kind, ...]


CLASSES: tuple[Kind, ...] = ("binary", "classes")
METRICS = (
    MetricName("accuracy", ("class",), CLASSES),
    MetricName("balanced accuracy", ("class",), CLASSES),
    MetricName("F1", ("class",), ("binary",)),
    MetricName("macro F1", ("class",), CLASSES),
    MetricName("micro F1", ("class",), CLASSES),
    MetricName("quadratic weighted kappa", ("class",), CLASSES),
    MetricName("AUC", ("probability",), ("binary",)),
    MetricName("Gini", ("probability",), ("binary",)),
    MetricName("log loss", ("probability", "probabilities"), CLASSES),
    MetricName("mean column-wise AUC", ("probabilities",), ("multi-label", "classes")),
    MetricName("mean column-wise log loss", ("probabilities",), ("multi-label",)),
    MetricName("RMSE", ("numbers",), ("regression",)),
    MetricName("RMSLE", ("numbers",), ("regression",)),
    MetricName("MAE", ("numbers",), ("regression",)),
    MetricName("R2", ("numbers",), ("regression",)),
    MetricName("mean column-wise RMSE", ("numbers",), ("several numbers",)),
    MetricName("Dice", ("rle",), ("masks",)),
    MetricName("IoU", ("rle",), ("masks",)),
)


def find_metric(given: str) -> MetricName:
    """Find a metric by any spelling of its name. Raises KitError with the names that new-task writes code for."""
    known = {metric.name: metric for metric in METRICS}
    try:
        name = by_name(given).name
    except KitError:
        name = ""
    if name not in known:
        expected, remedy = ", ".join(known), "write it into metric.py afterwards"
        raise KitError("this metric is not known to new-task", expected=expected, found=given, remedy=remedy)
    return known[name]


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
