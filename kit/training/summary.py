"""The held-out predictions of all folds together: what the task tunes on them, and their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.data import Fold
from kit.errors import KitError
from kit.prediction import store
from kit.prediction.store import Predictions
from kit.runs.records import FoldScore, Summary
from kit.scoring import fit_tuned, held_out_score
from kit.training.job import Job
from kit.training.reference import tuned_elsewhere

Part = tuple[Fold, Predictions]


def summarize(job: Job, folds: Sequence[Fold]) -> None:
    """Write the held-out predictions of all folds in the order of the samples, and the summary of their scores.

    Where nothing was held out, there are no scores, and the fitted values are those of another run.
    """
    if not any(len(fold.valid) for fold in folds):
        rows = [_fold_score(job, (fold, Predictions([], [])), {}) for fold in folds]
        return job.run.write_summary(_summary(job, rows, float("nan"), {}, tuned_elsewhere(job)))
    parts = [(fold, _held_out(job, fold)) for fold in folds]
    positions = np.concatenate([fold.valid for fold, _ in parts])
    every = [value for _, held in parts for value in held.values]
    owners = np.concatenate([np.full(len(fold.valid), k) for k, (fold, _) in enumerate(parts)])
    order = np.argsort(positions, kind="stable")
    samples, values = [job.samples[positions[i]] for i in order], [every[i] for i in order]
    maps = {name: value for _, held in parts for name, value in held.maps.items()}
    store.write(job.run.predictions, "valid", Predictions([s.id for s in samples], values, owners[order], maps))
    tuned = fit_tuned(job.task, samples, values, job.config)
    rows = [_fold_score(job, part, tuned) for part in parts]
    pooled, details = held_out_score(job.task, samples, values, tuned)
    job.run.write_summary(_summary(job, rows, pooled, details, tuned))


def _held_out(job: Job, fold: Fold) -> Predictions:
    held = store.read(job.run.fold(fold.name) / "valid.h5", "valid")
    if held is None or list(held.ids) != [job.samples[i].id for i in fold.valid]:
        raise KitError("the held-out predictions of a fold do not fit the data", where=job.run.fold(fold.name))
    return held


def _fold_score(job: Job, part: Part, tuned: Mapping[str, Any]) -> FoldScore:
    """A fold's score, with the fitted values where there are some."""
    fold, held = part
    result = job.run.fold_result(fold.name)
    if result is None:
        raise KitError("a fold has not been trained to its end", where=job.run.fold(fold.name))
    score, details = result.score, result.details
    if tuned:
        own: list[Sample] = [job.samples[i] for i in fold.valid]
        value, details = held_out_score(job.task, own, held.values, tuned)
        score = defined(value)
    return FoldScore(fold=fold.name, score=score, epoch=result.epoch, details=details, samples=len(fold.valid))


def _summary(
    job: Job, rows: Sequence[FoldScore], pooled: float, details: Mapping[str, Any], tuned: Mapping[str, Any]
) -> Summary:
    """Each fold's score, their mean and standard deviation, and the score of all held-out samples together."""
    scores = [row.score for row in rows if row.score is not None]
    return Summary(
        metric=job.task.metric.name,
        higher_is_better=job.task.metric.higher_is_better,
        folds=tuple(rows),
        mean=float(np.mean(scores)) if scores else None,
        spread=float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        pooled=defined(pooled),
        details=details,
        tuned=tuned,
    )


def defined(score: float) -> float | None:
    """A score, or None where the metric has no value, as an AUC of one class."""
    return score if np.isfinite(score) else None
