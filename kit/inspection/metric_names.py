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
    MetricName("mean sample F1", ("labels",), ("multi-label",)),
    MetricName("mean sample F2", ("labels",), ("multi-label",)),
    MetricName("RMSE", ("numbers",), ("regression",)),
    MetricName("RMSLE", ("numbers",), ("regression",)),
    MetricName("MAE", ("numbers",), ("regression",)),
    MetricName("R2", ("numbers",), ("regression",)),
    MetricName("mean column-wise RMSE", ("numbers",), ("several numbers",)),
    MetricName("Dice", ("rle",), ("masks",)),
    MetricName("IoU", ("rle",), ("masks",)),
)


RANKINGS = "MAP@K, NDCG@K"


def is_ranking(given: str) -> bool:
    """Whether this metric is one of lists of the most probable classes."""
    return find_metric(given).values == ("ranking",)


def ranks_of(given: str) -> int:
    """The K of MAP@K and NDCG@K."""
    return int(find_metric(given).name.partition("@")[2])


def find_metric(given: str) -> MetricName:
    """Find a metric by any spelling of its name. Raises KitError with the names that new-task writes code for."""
    known = {metric.name: metric for metric in METRICS}
    try:
        name = by_name(given).name
    except KitError:
        name = ""
    if "@" in name:
        return MetricName(name, ("ranking",), ("classes",))
    if name not in known:
        expected, remedy = f"{', '.join(known)}, {RANKINGS}", "write it into metric.py afterwards"
        raise KitError("this metric is not known to new-task", expected=expected, found=given, remedy=remedy)
    return known[name]


def choose_metric(
    given: str, kind: Kind, values: str, *, skewed: bool = False, ranks: int = 0, low: float | None = None
) -> tuple[str, Fact]:
    """The metric of a contest: the given one if it suits the target, else a default that is said to be one.

    ``ranks`` is how many classes a submission lists, ``low`` the lowest target: RMSLE needs 0 or more.
    """
    if ranks:
        name = find_metric(given or f"MAP@{ranks}").name
        reason = "--metric" if given else f"lists of {ranks} classes (others: NDCG@{ranks})"
        return name, Fact("metric", name, "given" if given else "likely", reason, "--metric")
    fitting = [metric for metric in METRICS if kind in metric.kinds and values in metric.values]
    fitting = [metric for metric in fitting if metric.name != "RMSLE" or low is None or low >= 0]
    if given:
        metric = find_metric(given)
        if metric not in fitting:
            several = f", {RANKINGS}" if kind == "classes" and values == "class" else ""
            raise KitError(
                f"the metric {metric.name} does not fit",
                expected=f"for {kind} with {values} one of: {', '.join(m.name for m in fitting)}{several}",
                found=given,
                remedy="choose one of these with --metric, or the kind with --kind",
            )
        return metric.name, Fact("metric", metric.name, "given", "--metric")
    hint = "; the target is positive and skewed: RMSLE?" if skewed else ""
    names = ", ".join(metric.name for metric in fitting[1:])
    names += f", {RANKINGS}" if kind == "classes" and values == "class" else ""
    reason = f"no file says how the contest scores{hint} (others: {names})" if len(fitting) > 1 else "the usual one"
    return fitting[0].name, Fact("metric", fitting[0].name, "unclear", reason, "--metric")


def wants_probabilities(given: str) -> bool:
    """Whether this metric is computed from probabilities."""
    return "class" not in find_metric(given).values
