"""The result of a trained fold: the predictions of its held-out samples, maps that explain some, and their score."""

from __future__ import annotations

from typing import Any

from kit.data import Fold
from kit.prediction import store
from kit.prediction.engines import make_forward
from kit.prediction.predict import predict, record_engine
from kit.runs import FoldResult
from kit.scoring import held_out_score
from kit.training.explanation import explain
from kit.training.job import Job
from kit.training.state import Progress
from kit.training.summary import defined


def write_fold_result(job: Job, fold: Fold, model: Any, progress: Progress) -> None:
    """Write the held-out predictions, if any, maps that explain some, and last of all ``fold.json``."""
    score, details = _predict_held_out(job, fold, model) if len(fold.valid) else (None, {})
    kept = job.config.patience and len(fold.valid)
    epoch = progress.best_epoch if kept else progress.epoch
    job.run.write_fold_result(
        FoldResult(fold=fold.name, score=score, epoch=epoch, details=details, history=progress.history)
    )


def _predict_held_out(job: Job, fold: Fold, model: Any) -> tuple[float | None, dict[str, Any]]:
    """Write the predictions of the held-out samples and return their score."""
    forward = make_forward(job.task, model, job.device, len(fold.valid))
    values = predict(job.loader, fold.valid, forward, "held-out part")
    record_engine(job.run, "held-out part", forward.engine)
    samples = [job.samples[i] for i in fold.valid]
    shown = explain(job, fold, model, values)
    held_out = store.Predictions([sample.id for sample in samples], values, maps=shown)
    store.write(job.run.fold(fold.name) / "valid.h5", "valid", held_out)
    score, details = held_out_score(job.task, samples, values, {})
    return defined(score), details
