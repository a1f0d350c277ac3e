"""The 95% interval of a score: how far it could differ on other samples of the same kind.

A fraction of right rows gets Wilson's score interval (1927). Any other metric gets the percentile bootstrap (Efron,
1979). Where no resample differs, as in a submission without mistakes, resampling shows nothing: a perfect score then
gets Wilson's bound for as many rows as could be wrong independently, and any other score no interval.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.contract.scoring import Metric
from kit.errors import PluginError
from kit.metrics import accuracy, accuracy_bootstrap, roc_auc, roc_auc_bootstrap

LEVEL = 95.0
NORMAL_QUANTILE = 1.959964  # of LEVEL, two-sided
Draw = Callable[[Any, Any, int, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Interval:
    """The 95% interval ``(low, high)``, or None; ``undefined`` of the ``rounds`` resamples had no score."""

    ends: tuple[float, float] | None
    rounds: int = 0
    undefined: int = 0
    same: bool = False
    """Whether every resample had the same score."""

    @property
    def note(self) -> str:
        """What a user should know about the interval; empty if nothing."""
        if self.undefined:
            fate = "they are left out of the interval" if self.ends else "too many for an interval"
            return f"the metric has no value on {self.undefined} of {self.rounds} resamples; {fate}"
        if self.same and self.ends is None:
            return "all resamples have the same score, so that there is no interval"
        return ""


def score_interval(
    metric: Metric,
    y_true: Any,
    y_pred: Any,
    *,
    rounds: int = 1000,
    seed: int = 0,
    groups: Sequence[str] | None = None,
) -> Interval:
    """Compute the interval of a metric on rows, or on whatever the first axis of both arrays holds.

    With ``groups``, one for each row, whole groups are drawn: rows of one patient or query are not independent.

    ``rounds`` resamples of the first axis are drawn if the metric is not a fraction of right rows. Resamples on which
    it has no value (an AUC with one class) are left out. There is no interval if they are more than half, if there is
    one row only, or if ``rounds`` is 0.
    """
    if rounds < 0:
        raise ValueError(f"rounds must not be negative, not {rounds}")
    rows = len(y_true)
    if rows < 2 or not rounds:
        return Interval(None)
    if groups is None and metric.function is accuracy and metric.bootstrap in (None, accuracy_bootstrap):
        return Interval(wilson_interval(round(accuracy(y_true, y_pred) * rows), rows))
    scores = _resampled_scores(metric, y_true, y_pred, rounds, seed, groups)
    defined = scores[np.isfinite(scores)]
    undefined = rounds - len(defined)
    if undefined > rounds // 2:
        return Interval(None, rounds, undefined)
    low, high = (float(end) for end in np.percentile(defined, [(100 - LEVEL) / 2, (100 + LEVEL) / 2]))
    if defined.min() < defined.max() and low < high:
        return Interval((low, high), rounds, undefined)
    return Interval(_bound(metric, low, y_true), rounds, undefined, same=True)


def wilson_interval(right: int, rows: int) -> tuple[float, float]:
    """Compute Wilson's 95% score interval of a fraction; it is wider than nothing even for 0 or all of the rows.

    >>> [round(end, 4) for end in wilson_interval(400, 400)], [round(end, 4) for end in wilson_interval(1, 2)]
    ([0.9905, 1.0], [0.0945, 0.9055])
    """
    squared = NORMAL_QUANTILE**2
    centre = right + squared / 2
    half = NORMAL_QUANTILE * math.sqrt(right * (rows - right) / rows + squared / 4)
    low, high = (centre - half) / (rows + squared), (centre + half) / (rows + squared)
    return (0.0 if right == 0 else max(0.0, low)), (1.0 if right == rows else min(1.0, high))


def _bound(metric: Metric, value: float, y_true: Any) -> tuple[float, float] | None:
    """Return the interval of a score from 0 to 1 that is perfect, or as bad as possible, on every resample."""
    if metric.best != 1.0 or not metric.higher_is_better or value not in (0.0, 1.0):
        return None
    rows = _independent_rows(np.asarray(y_true))
    return wilson_interval(rows if value else 0, rows)


def _independent_rows(y_true: np.ndarray) -> int:
    """Count the rows that could be wrong: of two classes those of the rarer one, for a ranking compares the two."""
    if y_true.ndim == 1 and y_true.dtype.kind in "biuf":
        values, counts = np.unique(y_true, return_counts=True)
        if len(values) == 2:
            return int(counts.min())
    return len(y_true)


def _resampled_scores(
    metric: Metric, y_true: Any, y_pred: Any, rounds: int, seed: int, groups: Sequence[str] | None
) -> np.ndarray:
    # The ROC AUC of a resample comes from counts, in milliseconds.
    quick = roc_auc_bootstrap if metric.function is roc_auc else None
    grouped = None if groups is None else _draw_with(metric, _positions(groups))
    draw = grouped or metric.bootstrap or quick or _draw_with(metric)
    scores = np.asarray(draw(y_true, y_pred, rounds, np.random.default_rng(seed)), dtype=np.float64)
    if scores.shape != (rounds,):
        raise PluginError(
            f"metric {metric.name!r}: field 'bootstrap' is wrong",
            expected=f"{rounds} scores",
            found=f"shape {scores.shape}",
        )
    return scores


def _positions(groups: Sequence[str]) -> list[np.ndarray]:
    """The rows of each group."""
    _, owner = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = np.argsort(owner, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)


def _draw_with(metric: Metric, groups: Sequence[np.ndarray] | None = None) -> Draw:
    def draw(y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator) -> np.ndarray:
        scores = np.full(rounds, np.nan)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a metric that warns on a lopsided draw would warn a thousand times
            for i in range(rounds):
                if groups is None:
                    rows = rng.integers(len(y_true), size=len(y_true))
                else:
                    rows = np.concatenate([groups[k] for k in rng.integers(len(groups), size=len(groups))])
                try:
                    scores[i] = metric.function(y_true[rows], y_pred[rows])
                except (ValueError, ZeroDivisionError):
                    continue  # all rows together have a score, so it is this draw that lacks a class
        return scores

    return draw
