"""Models of a task: built as configured, and loaded from a fold's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.device import paddle
from kit.errors import KitError
from kit.models import checkpoint
from kit.models.estimators import load_estimator

WEIGHTS = "weights.safetensors"
ESTIMATOR = "model.skops"


def build_model(task: Task, config: TrainConfig) -> Any:
    """Build the configured model: a layer or an estimator."""
    name, model = task.model(config.model)
    built = model.build(config)
    if is_network(built) or (hasattr(built, "fit") and (hasattr(built, "predict_proba") or hasattr(built, "predict"))):
        return built
    raise KitError(
        f"task {task.name!r}: model {name!r} is neither a network nor an estimator",
        expected="a paddle.nn.Layer, or an object with fit and predict_proba or predict",
        found=type(built).__name__,
    )


def load_model(task: Task, config: TrainConfig, folder: Path) -> Any:
    """Load the model that a fold's folder holds. The configuration decides which file is read."""
    model = build_model(task, config)
    if not is_network(model):
        return load_estimator(model, folder / ESTIMATOR, task.model(config.model)[1].trusted)
    arrays, _ = checkpoint.read(folder / WEIGHTS)
    checkpoint.load(model, arrays, folder / WEIGHTS)
    return model


def is_network(model: Any) -> bool:
    """Whether a model is a network, not an estimator."""
    return isinstance(model, paddle.nn.Layer)
