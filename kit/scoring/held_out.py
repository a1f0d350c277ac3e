"""Score held-out predictions against their samples' labels, as a submission is scored against the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.format import Table
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import json_safe, sha256
from kit.scoring.arrays import evaluate, metric_arrays, metric_details
from kit.scoring.default_rows import default_cells, truth_of, writer_of
from kit.scoring.interval import score_interval
from kit.scoring.rows import id_cells, row_ids, row_order, rows_table
from kit.scoring.score import Score

Predictions = Sequence[np.ndarray] | np.ndarray
"""One prediction for each sample, or one array (N, ...) of them."""


class HeldOutScorer:
    """Scores predictions of the same labelled samples, once or many times; what only these decide is computed once."""

    def __init__(self, task: Task, samples: Sequence[Sample]) -> None:
        self.task = task
        self.samples = samples

    def score(self, predictions: Predictions, tuned: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Score predictions with the task's metric: ``(score, details)``, as :func:`held_out_score`."""
        if self.task.evaluate:
            value, details = self.task.evaluate(self.samples, list(predictions), tuned)
            return float(value), json_safe(dict(details))
        y_true, y_pred = self.arrays(predictions, tuned)
        try:
            value = evaluate(self.task.metric, y_true, y_pred)
        except KitError as error:
            return float("nan"), {"undefined": str(error.parts["found"])}
        return value, metric_details(self.task.metric, y_true, y_pred)

    def tuned_score(self, predictions: Predictions) -> float:
        """The score with the values that the task fits on the same predictions, by its default configuration."""
        tuned = fit_tuned(self.task, self.samples, predictions, self.task.config)
        return float(self.score(predictions, tuned)[0])

    def arrays(self, predictions: Predictions, tuned: Mapping[str, Any]) -> tuple[Any, Any]:
        """The arrays ``(y_true, y_pred)`` that the metric compares, whose first axis can be resampled."""
        metric, format = self.task.metric, self.task.format
        guess, count = self._guess(predictions, tuned), len(self.samples)
        if format.one_row_per_id:
            count = len(self._ids)
        return metric_arrays(metric, format, self._truth, guess, None if metric.prepare else count)

    @cached_property
    def row_samples(self) -> np.ndarray | None:
        """The position of the sample that each row of :meth:`arrays` belongs to; None where an id may have several."""
        one = self.task.format.one_row_per_id and self.task.format.id is not None
        return self._order if one and len(self._ids) == len(self.samples) else None

    @cached_property
    def _truth(self) -> Table:
        return rows_table(self.task.format, truth_of(self.task)(self.samples))

    @cached_property
    def _ids(self) -> list[str]:
        return row_ids(self.task.format, self._truth)

    @cached_property
    def _sample_ids(self) -> np.ndarray:
        return id_cells(self.task.format, [sample.id for sample in self.samples])

    @cached_property
    def _order(self) -> np.ndarray:
        """The samples' positions in the order of the truth's ids."""
        return row_order([str(id) for id in self._sample_ids.tolist()], self._ids)

    def _guess(self, predictions: Predictions, tuned: Mapping[str, Any]) -> Table:
        """The rows of a submission in the order of the truth's ids, where each id has one."""
        format = self.task.format
        cells = None if self.task.writer else default_cells(self.task, predictions)
        if cells is not None and format.id is not None:
            table = Table({format.id: self._sample_ids, **cells}, np.arange(1, len(self.samples) + 1))
            return table.take(self._order) if format.one_row_per_id else table
        table = rows_table(format, writer_of(self.task)(self.samples, list(predictions), tuned))
        return table.take(row_order(row_ids(format, table), self._ids)) if format.one_row_per_id else table


def fit_tuned(task: Task, samples: Sequence[Sample], predictions: Predictions, config: TrainConfig) -> dict[str, Any]:
    """The values that ``task.tune`` fits on held-out predictions; none for a task without it."""
    return dict(task.tune(samples, list(predictions), config)) if task.tune else {}


def held_out_score(
    task: Task, samples: Sequence[Sample], predictions: Predictions, tuned: Mapping[str, Any]
) -> tuple[float, dict[str, Any]]:
    """Score predictions of labelled samples with the task's metric: ``(score, details)``, details safe for JSON.

    ``task.evaluate`` is used if there is one; otherwise the writer's rows are scored against the truth's. If the metric
    has no value on these samples (an AUC with one class), the score is NaN and ``details["undefined"]`` is the reason.
    """
    return HeldOutScorer(task, samples).score(predictions, tuned)


def out_of_fold_score(
    task: Task, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any], file: Path
) -> Score:
    """Score an out-of-fold submission, whose file was written from these predictions, against the samples' labels.

    Raises KitError if the metric has no value on them.
    """
    scorer = HeldOutScorer(task, samples)
    value, details = scorer.score(predictions, tuned)
    if not np.isfinite(value):
        raise KitError(f"the metric {task.metric.name} has no value on these rows", found=details.get("undefined"))
    interval = None
    if task.evaluate is None:
        interval = score_interval(task.metric, *scorer.arrays(predictions, tuned)).ends
    return Score(
        task=task.name,
        metric=task.metric.name,
        score=value,
        higher_is_better=task.metric.higher_is_better,
        interval=interval,
        rows=len(samples),
        details=details,
        file=file.name,
        file_sha256=sha256(file),
        answers_sha256="",
        public=value,
        public_interval=interval,
    )
