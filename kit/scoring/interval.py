"""How far a score would move on other rows of the same kind: the percentile bootstrap (Efron, 1979)."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.contract.scoring import Metric
from kit.errors import PluginError
from kit.metrics import accuracy, accuracy_bootstrap, roc_auc, roc_auc_bootstrap

LEVEL = 95.0
Draw = Callable[[Any, Any, int, np.random.Generator], np.ndarray]
# Metrics whose resampled scores can be had without resampling: the same distribution in milliseconds.
QUICK: tuple[tuple[object, Draw], ...] = ((accuracy, accuracy_bootstrap), (roc_auc, roc_auc_bootstrap))


@dataclass(frozen=True)
class Interval:
    """The 95% interval ``(low, high)``, or None; ``undefined`` of the ``rounds`` resamples had no score."""

    ends: tuple[float, float] | None
    rounds: int
    undefined: int

    @property
    def note(self) -> str:
        """What a user should know about it, or nothing."""
        if not self.undefined:
            return ""
        fate = "they are left out of the interval" if self.ends else "too many for an interval"
        return f"the metric has no value on {self.undefined} of {self.rounds} resamples; {fate}"


def bootstrap_interval(metric: Metric, y_true: Any, y_pred: Any, *, rounds: int = 1000, seed: int = 0) -> Interval:
    """Resample the first axis of both arrays ``rounds`` times and take the 2.5th and 97.5th percentile of the scores.

    Resamples on which the metric has no value (an AUC with one class) are left out; where they are more than half, or
    there is one row only, there is no interval.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
    if len(y_true) < 2:
        return Interval(None, 0, 0)
    quick = next((draw for function, draw in QUICK if metric.function is function), None)
    draw = metric.bootstrap or quick or _draw_with(metric)
    scores = np.asarray(draw(y_true, y_pred, rounds, np.random.default_rng(seed)), dtype=np.float64)
    if scores.shape != (rounds,):
        raise PluginError(
            f"metric {metric.name!r}: field 'bootstrap' is wrong",
            expected=f"{rounds} scores",
            found=f"shape {scores.shape}",
        )
    defined = scores[np.isfinite(scores)]
    undefined = rounds - len(defined)
    if undefined > rounds // 2:
        return Interval(None, rounds, undefined)
    low, high = np.percentile(defined, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return Interval((float(low), float(high)), rounds, undefined)


def _draw_with(metric: Metric) -> Draw:
    def draw(y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator) -> np.ndarray:
        scores = np.full(rounds, np.nan)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a metric that warns on a lopsided draw would warn a thousand times
            for i in range(rounds):
                rows = rng.integers(len(y_true), size=len(y_true))
                try:
                    scores[i] = metric.function(y_true[rows], y_pred[rows])
                except (ValueError, ZeroDivisionError):
                    continue  # all rows together have a score, so it is this draw that lacks a class
        return scores

    return draw
