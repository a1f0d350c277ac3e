"""Fit the model of one fold: a network by the training loop, an estimator in one call."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import info
from kit.data import Fold, plain_items
from kit.data.inputs import as_table
from kit.errors import KitError
from kit.models import checkpoint
from kit.models.build import ESTIMATOR, WEIGHTS, build_model, is_network
from kit.models.estimators import save_estimator
from kit.training.job import Job
from kit.training.loop import train_network
from kit.training.state import Progress


def fit_model(job: Job, index: int, fold: Fold) -> tuple[Any, Progress]:
    """Build and fit the model of a fold, write it into the fold's folder and return it with its epochs."""
    model, folder = build_model(job.task, job.config), job.run.fold(fold.name)
    _refuse_soft_labels(job, model)
    if not is_network(model):
        _fit_estimator(job, fold, model)
        _, declared = job.task.model(job.config.model)
        built = build_model(job.task, job.config)
        return save_estimator(model, built, folder / ESTIMATOR, declared.trusted), Progress()
    if not (folder / "state.safetensors").exists():
        _initialize(job, fold, model)
    progress = train_network(job, index, fold, model)
    if job.device.writes:
        checkpoint.write(folder / WEIGHTS, checkpoint.arrays_of(model))
    return model, progress


def _refuse_soft_labels(job: Job, model: Any) -> None:
    """Raise KitError for probabilities as labels of an estimator, or of a network whose first weights one fits."""
    config, task = job.config, job.task
    if not config.pseudo or config.pseudo_labels == "hard" or task.objective == "regression":
        return
    if not is_network(model) or task.model(config.model)[1].initialize is not None:
        raise KitError(
            f"model {config.model!r} takes classes as labels, no probabilities",
            found="pseudo_labels=soft",
            remedy="--set pseudo_labels=hard",
        )


def _fit_estimator(job: Job, fold: Fold, model: Any) -> None:
    """Fit an estimator, with weights of the samples and a held-out part where its ``fit`` takes them."""
    x, y = _whole(job, fold.train)
    accepted = inspect.signature(model.fit).parameters
    further: dict[str, Any] = {}
    weights = [job.samples[i].meta.get("weight") for i in fold.train]
    if "sample_weight" in accepted and all(isinstance(weight, int | float) for weight in weights):
        further["sample_weight"] = np.array(weights, np.float64)
    if job.config.patience and len(fold.valid):
        held_x, held_y = _whole(job, fold.valid)
        if {"X_val", "y_val"} <= accepted.keys():
            further |= {"X_val": held_x, "y_val": held_y}
        elif "eval_set" in accepted:
            further["eval_set"] = [(held_x, held_y)]
    model.fit(x, y, **further)


def _whole(job: Job, positions: np.ndarray) -> tuple[Any, Any]:
    """Inputs and labels of all these samples."""
    batch = next(job.loader.batches(plain_items(positions), len(positions)))
    return as_table(batch.x), batch.y


def _initialize(job: Job, fold: Fold, layer: Any) -> None:
    """Load pretrained weights and let the model fit its first ones, before its first epoch."""
    config = job.config
    if config.pretrained:
        fitted = checkpoint.load_pretrained(layer, Path(config.pretrained))
        info(f"pretrained weights: {fitted} of {len(layer.state_dict())} arrays fit the model")
    _, model = job.task.model(config.model)
    if model.initialize is not None:
        batches = job.loader.batches(plain_items(fold.train), config.batch_size)
        model.initialize(layer, batches, [job.samples[i].group for i in fold.train], config)
