"""Score held-out predictions against their samples' labels, as a submission is scored against the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import json_safe, sha256
from kit.scoring.arrays import evaluate, metric_arrays, metric_details
from kit.scoring.default_rows import truth_of, writer_of
from kit.scoring.interval import score_interval
from kit.scoring.rows import joined, row_ids, rows_table
from kit.scoring.score import Score


def held_out_score(
    task: Task, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, dict[str, Any]]:
    """Score predictions of labelled samples with the task's metric: ``(score, details)``, details safe for JSON.

    ``task.evaluate`` is used if there is one; otherwise the writer's rows are scored against the truth's. If the metric
    has no value on these samples (an AUC with one class), the score is NaN and ``details["undefined"]`` is the reason.
    """
    if task.evaluate:
        value, details = task.evaluate(samples, predictions, tuned)
        return float(value), json_safe(dict(details))
    y_true, y_pred = held_out_arrays(task, samples, predictions, tuned)
    try:
        value = evaluate(task.metric, y_true, y_pred)
    except KitError as error:
        return float("nan"), {"undefined": str(error.parts["found"])}
    return value, metric_details(task.metric, y_true, y_pred)


def out_of_fold_score(
    task: Task, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any], file: Path
) -> Score:
    """Score an out-of-fold submission, whose file was written from these predictions, against the samples' labels.

    Raises KitError if the metric has no value on them.
    """
    value, details = held_out_score(task, samples, predictions, tuned)
    if not np.isfinite(value):
        raise KitError(f"the metric {task.metric.name} has no value on these rows", found=details.get("undefined"))
    interval = None
    if task.evaluate is None:
        interval = score_interval(task.metric, *held_out_arrays(task, samples, predictions, tuned)).ends
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


def held_out_arrays(
    task: Task, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[Any, Any]:
    """The arrays ``(y_true, y_pred)`` that the metric compares, whose first axis can be resampled."""
    guess = rows_table(task.format, writer_of(task)(samples, predictions, tuned))
    truth = rows_table(task.format, truth_of(task)(samples))
    count = len(samples)
    if task.format.one_row_per_id:
        ids = row_ids(task.format, truth)
        guess, count = joined(task.format, guess, ids), len(ids)
    return metric_arrays(task.metric, task.format, truth, guess, None if task.metric.prepare else count)
