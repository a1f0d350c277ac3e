"""Ways to combine the predictions of several members: a weighted mean, a mean of ranks, a stacked linear model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kit.contract.task import Task
from kit.errors import KitError
from kit.prediction.resolution import at_one_resolution
from kit.scoring.held_out import Predictions

Values = Sequence[Sequence[np.ndarray]] | np.ndarray
"""The predictions ``values[m][i]`` of member ``m`` for sample ``i``; one array (M, N, ...) where shapes are equal."""

SMALLEST_PROBABILITY = 1e-6


class Combination(Protocol):
    """Combines the members' predictions."""

    def apply(self, values: Values) -> Predictions:
        """The combined prediction of each sample."""

    def weights(self) -> list[float] | None:
        """The share of each member, which sum to 1; None where a member has no single share."""


@dataclass(frozen=True)
class Weighted:
    """A mean in which each member counts ``counts[m]`` times; the task's own average where it has one."""

    task: Task
    counts: tuple[float, ...]

    def apply(self, values: Values) -> Predictions:
        """Average each sample's predictions."""
        shares = self.weights()
        if isinstance(values, np.ndarray) and self.task.average is None:
            used = np.flatnonzero(shares)
            return np.tensordot(np.array(shares)[used], values[used], 1).astype(values.dtype)
        if self.task.average is not None:
            times = [round(count) for count in self.counts]
            rows = zip(*values, strict=True)
            return [self.task.average([p for p, n in zip(row, times, strict=True) for _ in range(n)]) for row in rows]
        return [
            np.asarray(sum(share * p for share, p in zip(shares, row, strict=True) if share), row[0].dtype)
            for row in zip(*values, strict=True)
        ]

    def weights(self) -> list[float]:
        """The counts as shares."""
        total = sum(self.counts)
        return [count / total for count in self.counts]


@dataclass(frozen=True)
class Ranked:
    """The mean of the members' ranks, from 0 to 1: for metrics that look at the order alone, such as an AUC."""

    members: int

    def apply(self, values: Values) -> Predictions:
        """Replace each value by its rank among the samples, and average."""
        from scipy.stats import rankdata

        table = stacked(values)  # (M, N, K)
        ranks = np.mean([rankdata(each, axis=0) for each in table], axis=0) / table.shape[1]
        return np.asarray(ranks, np.float32)

    def weights(self) -> list[float]:
        """All the same."""
        return [1 / self.members] * self.members


@dataclass(frozen=True)
class Stacked:
    """A linear model on the members' predictions: logistic regression on log odds, or ridge regression on numbers."""

    models: tuple[Any, ...]
    kind: str
    classes: int = 0
    """How many classes a logistic model tells apart; those that it has not seen get probability 0."""

    def apply(self, values: Values) -> Predictions:
        """Predict each sample from what the members predict."""
        inputs = features(values, self.kind)
        if self.kind == "regression":
            return np.asarray(self.models[0].predict(inputs), np.float32).reshape(len(inputs), -1)
        columns = [self._probabilities(model, inputs) for model in self.models]
        if self.kind == "classification":
            return np.asarray(columns[0], np.float32)
        return np.stack([each[:, 1] for each in columns], axis=1).astype(np.float32)

    def _probabilities(self, model: Any, inputs: np.ndarray) -> np.ndarray:
        """The probability of every class (N, classes)."""
        found = np.zeros((len(inputs), self.classes))
        found[:, model.classes_] = model.predict_proba(inputs)
        return found

    def weights(self) -> None:
        """A coefficient for each of a member's values: no single share."""
        return


def as_array(task: Task, values: Sequence[Sequence[np.ndarray]]) -> Values:
    """The predictions as one array where they have one shape and type, else as they are; of one resolution each.

    A number alone is a vector of one. A task that averages by itself gets the predictions as they are.
    """
    if task.average is None:
        table = [at_one_resolution(list(map(np.atleast_1d, row))) for row in zip(*values, strict=True)]
        values = list(zip(*table, strict=True))
    kinds = {(np.shape(p), np.asarray(p).dtype) for member in values for p in member}
    return np.stack([np.stack(list(member)) for member in values]) if len(kinds) == 1 else values


def take(values: Values, rows: np.ndarray) -> Values:
    """The predictions of the samples at these positions."""
    return values[:, rows] if isinstance(values, np.ndarray) else [[each[i] for i in rows] for each in values]


def stacked(values: Values) -> np.ndarray:
    """The predictions as one array (M, N, K). Raises KitError where they are not vectors of one length."""
    shapes = {np.shape(p) for member in values for p in member}
    if len(shapes) > 1 or len(next(iter(shapes))) > 1:
        raise KitError(
            "this method takes predictions that are vectors of one length",
            found=", ".join(map(str, sorted(shapes)[:3])),
            remedy="--method greedy or mean",
        )
    return np.stack([np.stack([np.ravel(p) for p in member]) for member in values]).astype(np.float64)


def features(values: Values, kind: str) -> np.ndarray:
    """The inputs (N, M * K) of a stacked model: log odds of probabilities, numbers as they are."""
    table = stacked(values)
    if kind != "regression":
        table = np.clip(table, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        table = np.log(table) - np.log1p(-table)
    return np.asarray(table.transpose(1, 0, 2).reshape(table.shape[1], -1))
