"""Train a run: fold after fold, each to its weights, its held-out predictions and their score.

Every step leaves files that are whole, and what is there is not done again: a killed run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.console import info
from kit.data.folds import Fold
from kit.data.loader import plain_items
from kit.device import paddle
from kit.models import checkpoint
from kit.models.build import ESTIMATOR, WEIGHTS, build_model, is_network
from kit.models.estimators import save_estimator
from kit.prediction import store
from kit.prediction.engines import make_forward
from kit.prediction.predict import predict
from kit.prediction.store import Predictions
from kit.runs.records import FoldResult
from kit.scoring import held_out_score
from kit.training.batches import seed_everything
from kit.training.explanation import explain
from kit.training.job import Job
from kit.training.loop import train_network
from kit.training.state import Progress
from kit.training.summary import defined, summarize

EXPLAINED = 24  # maps kept for the report, over all folds


def train_folds(job: Job, folds: Sequence[Fold]) -> None:
    """Train every fold and leave ``predictions.h5`` (held-out part) and ``summary.json`` in the run's folder."""
    for index, fold in enumerate(folds):
        if job.run.fold_result(fold.name) is None:
            _train_fold(job, index, fold, EXPLAINED // len(folds))
    if job.device.writes and job.run.find_summary() is None:
        summarize(job, folds)


def _train_fold(job: Job, index: int, fold: Fold, maps: int) -> None:
    """Leave a fold's weights, held-out predictions and, last of all, ``fold.json`` in its folder."""
    folder = job.run.fold(fold.name)
    folder.mkdir(parents=True, exist_ok=True)
    # Names of parameters count from zero in every fold, so that optimizer state fits whatever the process did before.
    with paddle.utils.unique_name.guard():
        seed_everything(job.config.seed, index)
        model = build_model(job.task, job.config)
        if is_network(model):
            _initialize(job, fold, model)
            progress = train_network(job, index, fold, model)
            if job.device.writes:
                checkpoint.write(folder / WEIGHTS, checkpoint.arrays_of(model))
        else:
            progress = Progress()
            _fit_estimator(job, fold, model)
    if not job.device.writes:
        return
    forward = make_forward(job.task, model, job.device, len(fold.valid))
    values = predict(job.loader, fold.valid, forward, "held-out part")
    held_out = [job.samples[i] for i in fold.valid]
    shown = explain(job, fold, model, values, maps) if is_network(model) else {}
    store.write(folder / "valid.h5", "valid", Predictions([sample.id for sample in held_out], values, maps=shown))
    score, details = held_out_score(job.task, held_out, values, {})
    epoch = progress.best_epoch if job.config.patience else progress.epoch
    job.run.write_fold_result(
        FoldResult(fold=fold.name, score=defined(score), epoch=epoch, details=details, history=progress.history)
    )
    (folder / "state.safetensors").unlink(missing_ok=True)


def _initialize(job: Job, fold: Fold, layer: Any) -> None:
    """Load pretrained weights and let the model fit its first ones, before its first epoch."""
    config = job.config
    if (job.run.fold(fold.name) / "state.safetensors").exists():
        return
    if config.pretrained:
        fitted = checkpoint.load_pretrained(layer, Path(config.pretrained))
        info(f"pretrained weights: {fitted} of {len(layer.state_dict())} arrays fit the model")
    _, model = job.task.model(config.model)
    if model.initialize is not None:
        batches = job.loader.batches(plain_items(fold.train), config.batch_size)
        model.initialize(layer, batches, [job.samples[i].group for i in fold.train], config)


def _fit_estimator(job: Job, fold: Fold, model: Any) -> None:
    batch = next(job.loader.batches(plain_items(fold.train), len(fold.train)))
    model.fit(batch.x, batch.y)
    save_estimator(model, build_model(job.task, job.config), job.run.fold(fold.name) / ESTIMATOR)
