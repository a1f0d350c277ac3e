"""Several runs' held-out predictions of the same samples, and their scores on any draw of these."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.sample import Sample, groups_of
from kit.contract.task import Task
from kit.errors import KitError
from kit.prediction import store
from kit.prediction.held_out import by_id
from kit.runs import Run
from kit.runs.inputs import samples_digest
from kit.scoring import HeldOutScorer
from kit.wording import listed


@dataclass(frozen=True)
class Paired:
    """The predictions ``values[m][i]`` of run ``m`` for ``samples[i]``, with the values that each run has tuned."""

    task: Task
    samples: Sequence[Sample]
    values: Sequence[Sequence[np.ndarray]]
    tuned: Sequence[Mapping[str, Any]]

    @cached_property
    def arrays(self) -> list[tuple[Any, Any]]:
        """``(y_true, y_pred)`` of each run for the metric; empty if the task scores held-out samples by itself."""
        if self.task.evaluate is not None:
            return []
        return [self.rows(k) for k in range(len(self.values))]

    def rows(self, run: int) -> tuple[Any, Any]:
        """``(y_true, y_pred)`` of a run's rows, as a submission of these samples would be scored."""
        return self._scorer.arrays(self.values[run], self.tuned[run])

    @cached_property
    def _scorer(self) -> HeldOutScorer:
        return HeldOutScorer(self.task, self.samples)

    @cached_property
    def unit_samples(self) -> np.ndarray | None:
        """The position of the sample that each unit belongs to; None where units are no samples."""
        if not self.arrays:
            return np.arange(len(self.samples))
        rows = self._scorer.row_samples
        if rows is None and self.task.format.id is None and self.units == len(self.samples):
            return np.arange(len(self.samples))
        return rows if rows is not None and len(rows) == self.units else None

    @property
    def units(self) -> int:
        """What can be drawn: samples, or the rows that the metric compares."""
        return len(self.arrays[0][0]) if self.arrays else len(self.samples)

    @cached_property
    def groups(self) -> list[np.ndarray] | None:
        """The positions of each group, where samples are grouped and can be drawn."""
        rows, names = self.unit_samples, groups_of(self.samples)
        if rows is None or len(set(names)) == len(names):
            return None
        positions: dict[str, list[int]] = {}
        for unit in np.argsort(rows).tolist():
            positions.setdefault(names[rows[unit]], []).append(unit)
        return [np.array(each) for each in positions.values()]

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Draw as many units as there are, with replacement; whole groups where samples are grouped."""
        if self.groups is None:
            return rng.integers(self.units, size=self.units)
        chosen = rng.integers(len(self.groups), size=len(self.groups))
        return np.concatenate([self.groups[k] for k in chosen])

    def score(self, run: int, units: np.ndarray) -> float:
        """The score of a run on these units; NaN where the metric has no value."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a metric that warns on a lopsided draw would warn a thousand times
            try:
                return float(self._metric(run)(units))
            except (KitError, ValueError, ZeroDivisionError):
                return float("nan")

    def _metric(self, run: int) -> Callable[[np.ndarray], Any]:
        if self.arrays:
            y_true, y_pred = self.arrays[run]
            return lambda units: self.task.metric.function(y_true[units], y_pred[units])
        evaluate, values, tuned = self.task.evaluate, self.values[run], self.tuned[run]
        if evaluate is None:
            raise TypeError("a task without arrays scores by itself")
        return lambda units: evaluate([self.samples[i] for i in units], [values[i] for i in units], tuned)[0]


def paired(task: Task, runs: Sequence[Run], samples: Sequence[Sample]) -> Paired:
    """Join the runs on the samples that all of them held out, in the order of the training part.

    Raises KitError for runs of other data, without held-out predictions, or without a sample in common.
    """
    refuse_other_data(runs)
    tables = [_table(task, run) for run in runs]
    found = by_id(samples, set.intersection(*map(set, tables)))
    if not found:
        raise KitError(
            "the runs have no held-out sample in common",
            where=listed([run.name for run in runs]),
            remedy="train them with --folds 5, or with the same --folds and --seed",
        )
    tuned = [summary.tuned if (summary := run.find_summary()) else {} for run in runs]
    return Paired(task, list(found.values()), [[table[name] for name in found] for table in tables], tuned)


def refuse_other_data(runs: Sequence[Run]) -> None:
    """Raise KitError unless all runs are of one task and of the same training samples."""
    tasks = sorted({run.task_name for run in runs})
    if len(tasks) > 1:
        raise KitError("the runs are of different tasks", found=", ".join(tasks))
    digests = {run.name: run.card.samples for run in runs}
    if len(set(digests.values()) - {None}) > 1:
        raise KitError(
            "the runs were trained on different data",
            expected="runs of the same training samples",
            found=", ".join(f"{name}: {(digest or 'unknown')[:8]}" for name, digest in digests.items()),
        )


def refuse_other_samples(runs: Sequence[Run], samples: Sequence[Sample], folder: Path) -> None:
    """Raise KitError unless the runs were trained on these samples, which were read from a folder."""
    refuse_other_data(runs)
    trained = next((run for run in runs if run.card.samples is not None), None)
    if trained is not None and trained.card.samples != samples_digest(samples):
        raise KitError(
            "the runs were trained on other data than these",
            expected=f"the data of {trained.card.data}",
            found=folder,
            remedy="--data DIR, with the data that the runs were trained on",
        )
    if not all(isinstance(sample.y, str | int | float) for sample in samples):
        _refuse_other_files(runs)


def _refuse_other_files(runs: Sequence[Run]) -> None:
    """Raise KitError if a file has changed between runs: the samples' digest holds no arrays and no files."""
    known: dict[str, tuple[str, str]] = {}
    for run in runs:
        for file in run.card.inputs:
            digest, first = known.setdefault(file.path, (file.sha256, run.name))
            if digest != file.sha256:
                raise KitError(
                    "the runs were trained on different data",
                    expected=f"the same {file.path}",
                    found=f"{first}: {digest[:8]}, {run.name}: {file.sha256[:8]}",
                )


def _table(task: Task, run: Run) -> dict[str, np.ndarray]:
    held = store.read(run.predictions, "valid")
    if held is None or not len(held.ids):
        raise KitError("the run has no held-out predictions", where=run.path, remedy=f"kit train {task.name} --folds 5")
    return dict(zip(held.ids, held.values, strict=True))
