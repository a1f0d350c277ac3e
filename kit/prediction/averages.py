"""The held-out side of an average of runs: predictions, fitted values and scores, where the runs allow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit.data.contest import ContestData
from kit.errors import KitError
from kit.prediction import store
from kit.prediction.held_out import HeldOut, held_out
from kit.runs.inputs import samples_digest
from kit.runs.opening import load_config
from kit.runs.records import FoldScore, Summary
from kit.runs.run import Run
from kit.scoring import fit_tuned, held_out_score
from kit.wording import counted, score_text


def score_average(contest: ContestData, average: Run, runs: Sequence[Run]) -> None:
    """Write the average's held-out predictions and its summary, on the samples that every run held out.

    Nothing is written where the runs have none in common or were trained on other data than these.
    """
    digests = {run.card.samples for run in runs}
    if digests != {samples_digest(contest.read("train"))}:
        return
    try:
        joined = held_out(contest.task, runs, contest.samples("train"))
    except KitError:
        return
    write_held_out(contest, average, joined, runs[0])


def write_held_out(contest: ContestData, average: Run, joined: HeldOut, first: Run) -> None:
    """Write held-out predictions and their summary, with the folds of the run ``first``."""
    task = contest.task
    owners = _owners(store.read(first.predictions, "valid"), joined)
    config = contest.config if first.is_blend else load_config(first, task)
    tuned = fit_tuned(task, joined.samples, joined.values, config)
    ids = [sample.id for sample in joined.samples]
    store.write(average.predictions, "valid", store.Predictions(ids, joined.values, owners))
    average.write_summary(_summary(contest, first, joined, owners, tuned))


def describe_seeds(average: Run, runs: Sequence[Run]) -> str:
    """The runs' held-out scores, their mean with its standard error, and the score of their average, in a line."""
    scores = [run.summary.mean for run in runs]
    known = [score for score in scores if score is not None]
    if len(known) < len(runs):
        return f"average of {counted(len(runs), 'run')} without a held-out score"
    error = score_text(standard_error(known))
    summary = average.find_summary()
    own = "" if summary is None else f"; their average: {score_text(summary.mean)}"
    mean, count = score_text(float(np.mean(known))), counted(len(runs), "run")
    return f"{count}: held-out mean {mean} ± {error} (standard error){own}"


def standard_error(scores: Sequence[float]) -> float | None:
    """The standard error of the mean of runs that differ in their seed; None for one.

    >>> round(standard_error([0.9, 0.92, 0.94]), 6)
    0.011547
    """
    return float(np.std(scores, ddof=1) / len(scores) ** 0.5) if len(scores) > 1 else None


def _owners(first: store.Predictions | None, joined: HeldOut) -> np.ndarray:
    """The fold of the first run that held out each sample."""
    if first is None or first.folds is None:
        return np.zeros(len(joined.samples), np.int64)
    fold_of = dict(zip(first.ids, first.folds.tolist(), strict=True))
    return np.array([fold_of[sample.id] for sample in joined.samples], np.int64)


def _summary(
    contest: ContestData, first: Run, joined: HeldOut, owners: np.ndarray, tuned: Mapping[str, Any]
) -> Summary:
    task, names = contest.task, [fold.fold for fold in first.summary.folds]
    rows = []
    for owner in np.unique(owners):
        chosen = np.flatnonzero(owners == owner)
        value, details = _score(contest, joined, chosen, tuned)
        name = names[owner] if owner < len(names) else str(owner)
        rows.append(FoldScore(fold=name, score=value, epoch=0, details=details, samples=len(chosen)))
    scores = [row.score for row in rows if row.score is not None]
    pooled, details = _score(contest, joined, np.arange(len(joined.samples)), tuned)
    return Summary(
        metric=task.metric.name,
        higher_is_better=task.metric.higher_is_better,
        folds=tuple(rows),
        mean=float(np.mean(scores)) if scores else None,
        spread=float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        pooled=pooled,
        details=details,
        tuned=tuned,
    )


def _score(
    contest: ContestData, joined: HeldOut, chosen: np.ndarray, tuned: Mapping[str, Any]
) -> tuple[float | None, Mapping[str, Any]]:
    samples, values = [joined.samples[i] for i in chosen], [joined.values[i] for i in chosen]
    value, details = held_out_score(contest.task, samples, values, tuned)
    return (value if np.isfinite(value) else None), details
