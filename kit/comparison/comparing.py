"""The comparison of runs: each run's score on the samples that all held out, and the differences from the first."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.comparison.paired import Paired, paired
from kit.comparison.right import right_samples
from kit.comparison.significance import bootstrap_interval, delong, holm, mcnemar
from kit.comparison.uses import uses_of_held_out
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.metrics import accuracy, roc_auc, roc_auc_bootstrap
from kit.runs import Run

ROUNDS = 1000
ROUNDS_OF_EVALUATE = 200  # a task's own scoring of held-out samples may take a second
SHOWN = 10


@dataclass(frozen=True)
class Member:
    """A run in the comparison: its score on the samples in common, None where the metric has no value."""

    run: str
    model: str
    score: float | None
    right: int | None
    """How many samples it gets right, where they are right or wrong."""
    variant: str | None = None
    """The name of the run in a configuration file of several variants."""


@dataclass(frozen=True)
class Difference:
    """The score of run ``second`` less that of ``first``, on the same samples, with its 95% interval.

    ``p`` is that of no difference, adjusted for the number of comparisons (Holm); ``test`` is where p and interval come
    from. ``only_first`` and ``only_second`` count the samples that one of the two alone gets right, with some ids.
    """

    first: str
    second: str
    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    test: str
    only_first: int | None = None
    only_second: int | None = None
    ids_first: tuple[str, ...] = ()
    ids_second: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Runs compared on the same held-out samples."""

    task: str
    metric: str
    higher_is_better: bool
    samples: int
    members: tuple[Member, ...]
    differences: tuple[Difference, ...]
    uses: int
    """How many runs have been scored on these training samples (:func:`kit.comparison.uses_of_held_out`)."""

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return dataclasses.asdict(self)


def compare_runs(task: Task, runs: Sequence[Run], samples: Sequence[Sample]) -> Comparison:
    """Compare runs on the samples of the training part that all of them held out; the first is what others differ from.

    Raises KitError for runs of other data or without held-out samples in common.
    """
    joined = paired(task, runs, samples)
    scores, right = _scores(joined), [right_samples(joined, k) for k in range(len(runs))]
    members = [
        Member(run.name, _model(run), score, None if which is None else int(which.sum()), run.card.variant)
        for run, score, which in zip(runs, scores, right, strict=True)
    ]
    found = [_difference(joined, runs, scores, right, k) for k in range(1, len(runs))]
    adjusted = holm([each.p for each in found])
    differences = [dataclasses.replace(each, p=p) for each, p in zip(found, adjusted, strict=True)]
    metric, uses = task.metric, uses_of_held_out(runs[0])
    return Comparison(
        task.name,
        metric.name,
        metric.higher_is_better,
        len(joined.samples),
        tuple(members),
        tuple(differences),
        uses,
    )


def _model(run: Run) -> str:
    return "blend" if run.is_blend else str(run.config.get("model", ""))


def _scores(joined: Paired) -> list[float | None]:
    every = np.arange(joined.units)
    scores = [joined.score(k, every) for k in range(len(joined.values))]
    return [score if np.isfinite(score) else None for score in scores]


def _difference(
    joined: Paired,
    runs: Sequence[Run],
    scores: Sequence[float | None],
    right: Sequence[np.ndarray | None],
    second: int,
) -> Difference:
    interval, p, test = significance(joined, second)
    before, after = scores[0], scores[second]
    value = None if before is None or after is None else after - before
    found = Difference(runs[0].name, runs[second].name, value, interval, p, test)
    first_right, second_right = right[0], right[second]
    if first_right is None or second_right is None:
        return found
    alone = np.flatnonzero(first_right & ~second_right), np.flatnonzero(second_right & ~first_right)
    ids = [tuple(joined.samples[i].id for i in each[:SHOWN]) for each in alone]
    return dataclasses.replace(
        found, only_first=len(alone[0]), only_second=len(alone[1]), ids_first=ids[0], ids_second=ids[1]
    )


def significance(joined: Paired, second: int) -> tuple[tuple[float, float] | None, float | None, str]:
    """The interval, the p-value and the name of the test."""
    function, grouped = joined.task.metric.function, joined.groups is not None
    flat = bool(joined.arrays) and all(y_pred.ndim == 1 for _, y_pred in joined.arrays)
    areas = None if grouped else _areas(joined, second)
    found = delong(*areas) if areas is not None else None
    if found is not None:
        return *found, "DeLong"
    independent = joined.units if joined.groups is None else len(joined.groups)
    interval, p = bootstrap_interval(_resampled(joined, second), independent)
    if function is accuracy and flat and not grouped:
        rows = [joined.arrays[k][0] == joined.arrays[k][1] for k in (0, second)]
        return interval, mcnemar(*rows), "McNemar, exact"
    return interval, p, "bootstrap over groups" if grouped else "bootstrap"


def _areas(joined: Paired, second: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Labels and the scores of both runs, if the task's score is the area under the ROC curve of these; else None.

    A task that scores held-out samples by itself, or wraps the metric, is recognised by its interval's method.
    """
    metric, format = joined.task.metric, joined.task.format
    if not (metric.function is roc_auc or metric.bootstrap is roc_auc_bootstrap) or not format.one_row_per_id:
        return None
    pairs = [joined.rows(k) for k in (0, second)]
    if any(y_pred.ndim != 1 for _, y_pred in pairs):
        return None
    every = np.arange(joined.units)
    for k, (y_true, y_pred) in zip((0, second), pairs, strict=True):
        try:
            area = roc_auc(y_true, y_pred)
        except ValueError:
            return None
        if not np.isclose(area, joined.score(k, every), rtol=0, atol=1e-9):
            return None
    return np.asarray(pairs[0][0]), pairs[0][1], pairs[1][1]


def _resampled(joined: Paired, second: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    rounds = ROUNDS if joined.arrays else ROUNDS_OF_EVALUATE
    differences = np.empty(rounds)
    for k in range(rounds):
        units = joined.draw(rng)
        differences[k] = joined.score(second, units) - joined.score(0, units)
    return differences
