"""A submission against the answers: two paths in, one ``Score`` out. Held-out predictions score the same way."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.format import Format, Table
from kit.contract.sample import Sample
from kit.contract.scoring import Metric
from kit.contract.task import Task
from kit.errors import KitError, PluginError, SubmissionError
from kit.files import json_safe, sha256
from kit.scoring.answers import answers_path, public_rows, read_answers
from kit.scoring.interval import Interval, bootstrap_interval
from kit.scoring.rows import joined, row_ids, rows_table, truth_of, writer_of
from kit.submission import parse

ROUNDS = 1000  # of the bootstrap
TOO_FEW = "too few answers for a private part: the public score is that of all rows"


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a submission earned. ``interval`` is the 95% bootstrap interval, or None.

    ``public`` and ``private`` are the scores of the two parts of the answers (see :func:`public_rows`), None where they
    were not asked for; ``notes`` are lines for the user; the hashes and the file's name are for the ledger.
    """

    task: str
    metric: str
    score: float
    higher_is_better: bool
    interval: tuple[float, float] | None
    rows: int
    details: Mapping[str, Any]
    file: str
    file_sha256: str
    answers_sha256: str
    public: float | None = None
    public_interval: tuple[float, float] | None = None
    private: float | None = None
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form: finite numbers, null for what has no value."""
        names = ("task", "metric", "score", "higher_is_better", "interval", "rows", "details")
        return {name: json_safe(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class Parts:
    """The scores of the public and the private part, and what is to be said about them."""

    public: float | None = None
    public_interval: tuple[float, float] | None = None
    private: float | None = None
    note: str = ""


def score(
    task: Task,
    submission: Path,
    answers: Path,
    *,
    bootstrap: bool = True,
    rounds: int = ROUNDS,
    seed: int = 0,
    parts: bool = True,
) -> Score:
    """Score a submission file against the answers, or a folder that holds them.

    A file that fails the check is not scored: SubmissionError lists its faults. ``parts`` adds the public and private
    scores, which the ledger needs. The same file, answers and seed give the same score and interval.
    """
    place = answers_path(task, answers)
    known = read_answers(task, place)
    table = _checked(task, submission, known.ids)
    arrays = _prepared(task.metric, task.format, known.truth, table, len(known.ids))
    value = evaluate(task.metric, *arrays)
    whole = _interval(task.metric, *arrays, rounds if bootstrap else 0, seed)
    split = _parts(task.metric, *arrays, public_rows(known.ids), rounds if bootstrap else 0, seed) if parts else Parts()
    if parts and split.public is None:
        split = Parts(value, whole.ends, None, TOO_FEW)
    undefined = {"undefined_resamples": whole.undefined} if whole.undefined else {}
    return Score(
        task=task.name,
        metric=task.metric.name,
        score=value,
        higher_is_better=task.metric.higher_is_better,
        interval=whole.ends,
        rows=len(table),
        details={**_details(task.metric, *arrays), **undefined},
        file=submission.name,
        file_sha256=sha256(submission),
        answers_sha256=sha256(place),
        public=split.public,
        public_interval=split.public_interval,
        private=split.private,
        notes=tuple(line for line in (whole.note, split.note) if line),
    )


def evaluate(metric: Metric, y_true: Any, y_pred: Any) -> float:
    """Call the metric and insist on a finite number; KitError says why there is none."""
    try:
        value = float(metric.function(y_true, y_pred))
    except (ValueError, ZeroDivisionError) as error:
        raise KitError(f"the metric {metric.name} has no value on these rows", found=error) from error
    if not np.isfinite(value):
        raise KitError(f"the metric {metric.name} has no value on these rows", expected="a finite number", found=value)
    return value


def held_out_score(
    task: Task, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[float, dict[str, Any]]:
    """Score predictions of labelled samples with the task's metric: ``(score, details)``, details safe for JSON.

    ``task.evaluate`` decides where there is one; otherwise the writer's rows are scored against the truth's. Where
    the metric has no value on these samples (an AUC with one class), the score is NaN and ``details["undefined"]``
    says why.
    """
    if task.evaluate:
        value, details = task.evaluate(samples, predictions, tuned)
        return float(value), json_safe(dict(details))
    y_true, y_pred = _held_out_arrays(task, samples, predictions, tuned)
    try:
        value = evaluate(task.metric, y_true, y_pred)
    except KitError as error:
        return float("nan"), {"undefined": str(error.parts["found"])}
    return value, _details(task.metric, y_true, y_pred)


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
        interval = _interval(task.metric, *_held_out_arrays(task, samples, predictions, tuned), ROUNDS, 0).ends
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


def _held_out_arrays(
    task: Task, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> tuple[Any, Any]:
    guess = rows_table(task.format, writer_of(task)(samples, predictions, tuned))
    truth = rows_table(task.format, truth_of(task)(samples))
    count = len(samples)
    if task.format.one_row_per_id:
        ids = row_ids(task.format, truth)
        guess, count = joined(task.format, guess, ids), len(ids)
    return _prepared(task.metric, task.format, truth, guess, None if task.metric.prepare else count)


def value_rows(format: Format, table: Table) -> np.ndarray:
    """The value cells, a row each (N,): the column's own array, or with several columns a structured one by name."""
    names = [column.name for column in format.values]
    if len(names) == 1:
        return table[names[0]]
    rows = np.empty(len(table), dtype=[(name, table[name].dtype) for name in names])
    for name in names:
        rows[name] = table[name]
    return rows


def _checked(task: Task, submission: Path, ids: Sequence[str]) -> Table:
    try:
        return parse(submission, task.format, ids)
    except SubmissionError as error:
        error.parts["to do"] = f"kit check {task.name} {shlex.quote(str(submission))} --data DIR lists every fault"
        raise


def _prepared(metric: Metric, format: Format, truth: Any, guess: Table, count: int | None) -> tuple[Any, Any]:
    """Both arrays, whose first axis must follow the ``count`` ids: the bootstrap and the two parts take some of it."""
    if metric.prepare:
        y_true, y_pred = metric.prepare(truth, guess)
    elif format.one_row_per_id and isinstance(truth, Table):
        y_true, y_pred = value_rows(format, truth), value_rows(format, guess)
    else:
        raise PluginError(f"metric {metric.name!r} needs prepare(truth, guess): the format has no one row for each id")
    for name, values in (("y_true", y_true), ("y_pred", y_pred)):
        found = len(values) if isinstance(values, np.ndarray) else type(values).__name__
        if not isinstance(values, np.ndarray) or (count is not None and len(values) != count):
            raise PluginError(
                f"metric {metric.name!r}: prepare gave a wrong {name}",
                expected=f"an array whose first axis follows the {'ids' if count is None else f'{count} ids'}",
                found=found,
            )
    return y_true, y_pred


def _interval(metric: Metric, y_true: Any, y_pred: Any, rounds: int, seed: int) -> Interval:
    if not rounds:
        return Interval(None, 0, 0)
    return bootstrap_interval(metric, y_true, y_pred, rounds=rounds, seed=seed)


def _parts(metric: Metric, y_true: Any, y_pred: Any, mask: np.ndarray, rounds: int, seed: int) -> Parts:
    """Score both parts, or neither where the metric has no value on one of them."""
    if mask.all() or not mask.any():
        return Parts()
    try:
        public, private = (evaluate(metric, y_true[rows], y_pred[rows]) for rows in (mask, ~mask))
    except KitError:
        return Parts()
    return Parts(public, _interval(metric, y_true[mask], y_pred[mask], rounds, seed).ends, private)


def _details(metric: Metric, y_true: Any, y_pred: Any) -> dict[str, Any]:
    return json_safe(dict(metric.details(y_true, y_pred))) if metric.details else {}  # type: ignore[no-any-return]
