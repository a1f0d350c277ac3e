"""Choose a combination on held-out predictions by the task's own metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.blending.chance import better_than_chance, score_of
from kit.blending.combinations import Combination, Ranked, Stacked, Values, Weighted, features, stacked, take
from kit.contract.sample import Sample, groups_of
from kit.contract.task import Task
from kit.errors import KitError

STEPS = 12
"""Members that the greedy selection adds, each as often as it helps."""
SPLITS = 3
"""How often the samples are halved; the selection is made on each half (bagging, Caruana et al. 2004)."""


def mean(task: Task, values: Values, samples: Sequence[Sample]) -> Combination:
    """Every member once."""
    return Weighted(task, (1.0,) * len(values))


def rank(task: Task, values: Values, samples: Sequence[Sample]) -> Combination:
    """The mean of ranks. Raises KitError unless the metric is the same for ranks as for the predictions themselves."""
    numbers = isinstance(values, np.ndarray) and values[0, 0].size == 1
    if not numbers or task.tune is not None or task.objective == "classification":
        raise KitError("ranks need one number for each sample", remedy="--method greedy or mean")
    table = stacked(values)
    score = score_of(task, samples)
    for member in table:
        if not np.isclose(score(member), score(Ranked(1).apply(member[None]))):
            raise KitError(
                "ranks need a metric that looks at their order alone, such as an area under the ROC curve",
                found=task.metric.name,
                remedy="--method greedy or mean",
            )
    return Ranked(len(values))


def greedy(task: Task, values: Values, samples: Sequence[Sample]) -> Combination:
    """Forward selection with replacement from the best member on (Caruana et al. 2004, "Ensemble Selection").

    It is made on halves of the samples, from the members that predict better than chance. A member counts only if most
    halves select it: one that helps by chance helps on few. Where many are alike, each half selects others of them;
    then all that were selected count, if together they are better on every half.
    """
    return _greedy(task, values, samples, np.flatnonzero(better_than_chance(task, values, samples)))


def _greedy(task: Task, values: Values, samples: Sequence[Sample], allowed: np.ndarray) -> Combination:
    """Forward selection among the allowed members."""
    halves = [(take(values, half), [samples[i] for i in half]) for half in _halves(samples)]
    counts = [_selected(task, part, its_samples, allowed) for part, its_samples in halves]
    if not np.any(counts):  # the metric has no value on any half
        return mean(task, values, samples)
    often = np.sum([each > 0 for each in counts], axis=0) > len(halves) / 2
    every = np.sum(counts, axis=0)
    steady = np.where(often, every, 0) if often.any() else _selected(task, values, samples, allowed, 1)
    if all(_gain(task, every, steady, *half) > 0 for half in halves):
        return Weighted(task, tuple(every.tolist()))
    return Weighted(task, tuple(steady.tolist()))


def _gain(task: Task, first: np.ndarray, second: np.ndarray, values: Values, samples: Sequence[Sample]) -> float:
    """By how much one selection scores better than another."""
    score = score_of(task, samples)
    return score(Weighted(task, tuple(first)).apply(values)) - score(Weighted(task, tuple(second)).apply(values))


def _halves(samples: Sequence[Sample]) -> list[np.ndarray]:
    """Positions of random halves, each with its other half; no group is divided."""
    groups, owner = np.unique(groups_of(samples), return_inverse=True)
    if len(groups) < 2:
        return [np.arange(len(samples))]
    rng, found = np.random.default_rng(0), []
    for _ in range(SPLITS):
        first = np.isin(owner, rng.permutation(len(groups))[: len(groups) // 2])
        found += [np.flatnonzero(first), np.flatnonzero(~first)]
    return found


def weights(task: Task, values: Values, samples: Sequence[Sample]) -> Combination:
    """Weights that sum to 1, from the greedy selection on by exchanges between two members, each halved till small."""
    if task.average is not None:
        raise KitError("the task averages by itself, without weights", remedy="--method greedy or mean")
    score = score_of(task, samples)
    allowed = np.flatnonzero(better_than_chance(task, values, samples))
    shares = np.array(_greedy(task, values, samples, allowed).weights())
    best, step = score(Weighted(task, tuple(shares)).apply(values)), 0.1
    while step > 0.01:
        moved = False
        for giver in np.flatnonzero(shares > 0):
            for taker in allowed:
                given = min(step, shares[giver])
                if taker == giver or given <= 0:
                    continue
                other = shares.copy()
                other[giver] -= given
                other[taker] += given
                found = score(Weighted(task, tuple(other)).apply(values))
                if found > best:
                    shares, best, moved = other, found, True
        step = step if moved else step / 2
    return Weighted(task, tuple(shares.tolist()))


def stack(task: Task, values: Values, samples: Sequence[Sample]) -> Combination:
    """Fit a regularised linear model on the members' predictions: ridge regression on numbers, else logistic."""
    from sklearn.linear_model import RidgeCV

    kind = task.objective if isinstance(task.objective, str) else ""
    if not kind or task.tune is not None:
        raise KitError("a stacked model needs one of the kit's objectives", remedy="--method greedy or mean")
    inputs = features(values, kind)
    labels = np.stack([np.asarray(sample.y) for sample in samples])
    if kind == "regression":
        return Stacked((RidgeCV(np.logspace(-3, 3, 7)).fit(inputs, labels),), kind)
    columns = labels.reshape(len(labels), -1).T.astype(int)
    classes = stacked(values).shape[2] if kind == "classification" else 2
    return Stacked(tuple(_logistic(inputs, column) for column in columns), kind, classes)


def _logistic(inputs: np.ndarray, labels: np.ndarray) -> Any:
    """A fitted logistic regression; where all labels are of one class, a model that predicts it."""
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression

    one = len(np.unique(labels)) == 1
    model = DummyClassifier(strategy="prior") if one else LogisticRegression(C=0.1, max_iter=1000)
    return model.fit(inputs, labels)


def _selected(
    task: Task, values: Values, samples: Sequence[Sample], allowed: np.ndarray, most: int = STEPS
) -> np.ndarray:
    """How often each of the allowed members is selected in at most so many steps, up to the step with the best score.

    Never where the metric has no value.
    """
    score, counts = score_of(task, samples), np.zeros(len(values))
    best_counts, best = counts, -np.inf
    for _ in range(most):
        found = []
        for member in allowed:
            tried = counts.copy()
            tried[member] += 1
            found.append((score(Weighted(task, tuple(tried)).apply(values)), -member))
        value, member = max(found)
        counts = counts.copy()
        counts[-member] += 1
        if value > best:
            best, best_counts = value, counts
        elif counts.sum() > 2 * best_counts.sum() + 2:
            break  # no gain for as many steps as were taken: the selection only goes round
    return best_counts
