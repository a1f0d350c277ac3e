"""Members that predict nothing: their predictions fit other samples as well as their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from kit.blending.combinations import Values
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.scoring import HeldOutScorer
from kit.scoring.held_out import Predictions

PERMUTATIONS = 10
"""How often a member's predictions are permuted among the samples, for the scores that chance reaches."""
LEVEL = 0.99


def score_of(task: Task, samples: Sequence[Sample]) -> Callable[[Predictions], float]:
    """The metric of predictions of these samples, higher is better, with values that the task fits on them.

    -inf where the metric has no value.
    """
    sign, held = 1 if task.metric.higher_is_better else -1, HeldOutScorer(task, samples)

    def score(predictions: Predictions) -> float:
        found = sign * held.tuned_score(predictions)
        return found if np.isfinite(found) else -np.inf

    return score


def better_than_chance(task: Task, values: Values, samples: Sequence[Sample]) -> np.ndarray:
    """Which members (M,) predict better than the same predictions permuted among the samples, at the level of 99%.

    The best member always counts. Where the predictions of samples differ in shape, or the metric has no value, nothing
    can be permuted, and all members count.
    """
    score = score_of(task, samples)
    if not isinstance(values, np.ndarray):
        return np.ones(len(values), bool)
    own = np.array([score(each) for each in values])
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(samples)) for _ in range(PERMUTATIONS)]
    permuted = np.array([[score(each[order]) for order in orders] for each in values])
    if not (np.isfinite(own).all() and np.isfinite(permuted).all()):
        return np.ones(len(values), bool)
    found: np.ndarray = own > permuted.mean(axis=1) + _prediction_bound() * permuted.std(axis=1, ddof=1)
    found[np.argmax(own)] = True
    return found


def _prediction_bound() -> float:
    """So many standard deviations above their mean one more score of the same distribution seldom lies."""
    return float(stats.t.ppf(LEVEL, PERMUTATIONS - 1) * (1 + 1 / PERMUTATIONS) ** 0.5)
