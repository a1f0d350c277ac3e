"""Score a submission against the answers: two paths in, one ``Score`` out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import info
from kit.contract.answers import Answers
from kit.contract.format import Table
from kit.contract.scoring import Metric
from kit.contract.task import Task
from kit.errors import DataError, KitError, SubmissionError
from kit.files import json_safe, sha256
from kit.scoring.answers import answers_apart, answers_path, find_answers, public_rows, read_answers
from kit.scoring.arrays import evaluate, metric_arrays, metric_details
from kit.scoring.interval import score_interval
from kit.scoring.rows import row_ids
from kit.submission import parse
from kit.wording import counted, listed

ROUNDS = 1000  # of the bootstrap
TOO_FEW = "too few answers for a private part: the public score is that of all rows"


@dataclass(frozen=True, kw_only=True)
class Score:
    """The score of a submission. ``interval`` is the 95% interval, or None.

    ``public`` and ``private`` are the scores of the two parts of the answers (see :func:`public_rows`), None if they
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
class PartScores:
    """The scores of the public and the private part, and a note for the user."""

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

    A file with faults is not scored: SubmissionError lists them. Raises DataError for answers that cannot be read, are
    the submission itself, or lack ids of the submission. ``bootstrap=False`` computes no interval; ``parts`` adds the
    public and private scores, which the ledger needs. The same file, answers and seed give the same score and interval.
    """
    path = answers_path(task, answers)
    known = read_answers(task, path)
    table = _parsed(task, submission, known.source or path, known.ids)
    arrays = metric_arrays(task.metric, task.format, known.truth, table, len(known.ids))
    value = evaluate(task.metric, *arrays)
    rounds = rounds if bootstrap else 0
    whole = score_interval(task.metric, *arrays, rounds=rounds, seed=seed, groups=known.groups)
    split = _part_scores(task.metric, *arrays, known, rounds, seed) if parts else PartScores()
    if parts and split.public is None:
        split = PartScores(value, whole.ends, None, TOO_FEW)
    undefined = {"undefined_resamples": whole.undefined} if whole.undefined else {}
    return Score(
        task=task.name,
        metric=task.metric.name,
        score=value,
        higher_is_better=task.metric.higher_is_better,
        interval=whole.ends,
        rows=len(table),
        details={**metric_details(task.metric, *arrays), **undefined},
        file=submission.name,
        file_sha256=sha256(submission),
        answers_sha256=sha256(path),
        public=split.public,
        public_interval=split.public_interval,
        private=split.private,
        notes=tuple(line for line in (whole.note, split.note) if line),
    )


def score_for(task: Task, submission: Path, data: Path) -> Score | None:
    """Score a submission for these data against the answers beside them, or those that are kept apart; None if neither.

    Answers that are kept apart may be those of other data, such as the whole contest's for a sample: they are left out
    with a message.
    """
    answers = find_answers(task, data)
    try:
        return score(task, submission, answers) if answers else None
    except (DataError, SubmissionError) as error:
        if answers != answers_apart(task):
            raise
        info(f"note: the answers in {answers} are not those of these data ({error.message})")
        return None


def _parsed(task: Task, submission: Path, answers: Path, ids: Sequence[str]) -> Table:
    """Parse the submission with the answers' ids; if it is only these that do not fit, name the answers."""
    try:
        return parse(submission, task.format, ids)
    except SubmissionError as error:
        _refuse_short_answers(task, submission, answers, ids)
        error.parts["to do"] = f"kit check {task.name} {shlex.quote(str(submission))} --data DIR lists every fault"
        raise


def _refuse_short_answers(task: Task, submission: Path, answers: Path, ids: Sequence[str]) -> None:
    """Raise DataError if a well-formed submission has all ids of the answers and more."""
    if not task.format.one_row_per_id:
        return
    try:
        given = row_ids(task.format, parse(submission, task.format, None))
    except SubmissionError:
        return
    known = set(ids)
    extra = [id for id in given if id not in known]
    if extra and known <= set(given):
        raise DataError(
            "the answers do not have every id of the submission",
            expected=f"{counted(len(given), 'answer')}, one for each row of {submission.name}",
            found=f"{len(known):,}; without an answer: {listed(extra)}",
            where=answers,
            remedy="use the complete answers, or leave the other rows out of the submission",
        )


def _part_scores(metric: Metric, y_true: Any, y_pred: Any, known: Answers, rounds: int, seed: int) -> PartScores:
    """Score both parts, or neither if the metric has no value on one of them."""
    public = public_rows(known.ids) if known.public is None else np.asarray(known.public, dtype=bool)
    if public.all() or not public.any():
        return PartScores()
    try:
        scores = [evaluate(metric, y_true[rows], y_pred[rows]) for rows in (public, ~public)]
    except KitError:
        return PartScores()
    groups = None if known.groups is None else [known.groups[i] for i in np.flatnonzero(public).tolist()]
    interval = score_interval(metric, y_true[public], y_pred[public], rounds=rounds, seed=seed, groups=groups)
    return PartScores(scores[0], interval.ends, scores[1])
