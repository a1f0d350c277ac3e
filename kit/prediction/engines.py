"""Models and samples to predictions: fast inference where a model exports, views averaged, several models averaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from kit.console import progress
from kit.contract.config import TrainConfig
from kit.contract.protocols import Forward
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.loader import Loader, plain_items
from kit.device import Device, paddle
from kit.errors import DataError, KitError
from kit.models import checkpoint
from kit.models.estimators import load_estimator
from kit.models.objective import objective

WORTH_EXPORTING = 256  # samples


class Activated(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """A layer followed by its objective's activation: what is exported and predicted with."""

    def __init__(self, layer: Any, activation: Callable[[Any], Any]) -> None:
        super().__init__()
        self.layer = layer
        self.activation = activation

    def forward(self, x: Any) -> Any:
        """Turn inputs (N, ...) into predictions (N, ...)."""
        return self.activation(self.layer(x))


def eager_forward(task: Task, layer: Any, device: Device) -> Forward:
    """The layer as a function of NumPy batches, in evaluation mode, operator by operator."""
    whole = Activated(layer, objective(task).activation)

    def forward(batch: np.ndarray) -> np.ndarray:
        layer.eval()
        with paddle.no_grad(), device.autocast():
            return np.asarray(whole(paddle.to_tensor(batch)).astype("float32").numpy())

    return forward


def fast_forward(task: Task, layer: Any, device: Device, samples: int) -> Forward:
    """The layer as a function of NumPy batches: the inference engine on a CPU, eager where it does not export.

    An export takes a second or two, so that few samples are predicted in eager mode.
    """
    eager = eager_forward(task, layer, device)
    if device.on_gpu or (task.infer is None and samples < WORTH_EXPORTING):
        return eager
    from kit.prediction import inference

    layer.eval()
    whole = Activated(layer, objective(task).activation)
    whole.eval()
    engine: list[Forward] = []

    def forward(batch: np.ndarray) -> np.ndarray:
        if not engine:
            engine.append(cast(Forward, inference.predictor(whole, batch) or eager))
        return engine[0](batch)

    return forward


def with_views(task: Task, forward: Forward) -> Forward:
    """Average the plain prediction with those of the task's views."""

    def averaged(batch: np.ndarray) -> np.ndarray:
        seen = [forward(batch)]
        for view in task.views:
            prediction = forward(np.ascontiguousarray(view.apply(batch)))
            seen.append(view.undo(prediction) if view.undo else prediction)
        return np.stack([average(task, [views[i] for views in seen]) for i in range(len(batch))])

    return averaged


def average(task: Task, values: Sequence[np.ndarray]) -> np.ndarray:
    """One sample's predictions over models, folds or views."""
    if len(values) == 1:
        return values[0]
    if task.average is not None:
        return task.average(values)
    shapes = {value.shape for value in values}
    if len(shapes) > 1:
        raise KitError("predictions of different shapes cannot be averaged", found=shapes)
    return np.asarray(np.mean(np.stack(values), axis=0, dtype=np.float64), dtype=values[0].dtype)


def predict(
    task: Task,
    loader: Loader,
    samples: Sequence[Sample],
    positions: Sequence[int] | np.ndarray,
    forward: Forward,
    config: TrainConfig,
    label: str = "predict",
) -> list[np.ndarray]:
    """Predict the samples at these positions, in that order. Raises KitError when a model gives non-finite numbers."""
    values: list[np.ndarray] = []
    with progress(label, len(positions), "samples") as advance:
        if task.infer is not None:
            for position in positions:
                values.append(np.asarray(task.infer(forward, samples[position], config)))
                advance(1)
        else:
            for batch in loader.batches(plain_items(positions), config.batch_size):
                values.extend(forward(batch.x))
                advance(len(batch.x))
    for position, value in zip(positions, values, strict=True):
        if np.isnan(value).any():
            raise KitError(
                f"the model predicts NaN for sample {samples[position].id!r}",
                remedy="train with a lower --set learning_rate",
            )
    return values


@dataclass(frozen=True)
class Trained:
    """A fold's trained model as a forward function and, for a network, its layer."""

    forward: Forward
    layer: Any = None


def build(task: Task, config: TrainConfig) -> Any:
    """Build the configured model: a layer or an estimator."""
    name, model = task.model(config.model)
    built = model.build(config)
    if isinstance(built, paddle.nn.Layer) or (hasattr(built, "fit") and hasattr(built, "predict_proba")):
        return built
    raise KitError(
        f"task {task.name!r}: model {name!r} is neither a paddle.nn.Layer nor an estimator", found=type(built).__name__
    )


def load(task: Task, config: TrainConfig, folder: Path, device: Device, samples: int) -> Trained:
    """Load the model that a fold's folder holds, to predict so many samples. The configuration decides what is read."""
    built = build(task, config)
    if not isinstance(built, paddle.nn.Layer):
        path = folder / "model.skops"
        return Trained(estimator_forward(load_estimator(built, path), path))
    path = folder / "weights.safetensors"
    arrays, _ = checkpoint.read(path)
    checkpoint.load(built, arrays, path)
    return Trained(fast_forward(task, built, device, samples), built)


def estimator_forward(estimator: Any, path: Path | None = None) -> Forward:
    """A fitted estimator as a function of NumPy batches. ``path`` is the file that it was loaded from.

    What an estimator from a file raises becomes a DataError: its stored values need not fit each other.
    """

    def forward(batch: np.ndarray) -> np.ndarray:
        try:
            return np.asarray(estimator.predict_proba(batch), dtype=np.float32)
        except Exception as error:
            if path is None or isinstance(error, KitError):
                raise
            raise DataError("the fitted estimator cannot predict", found=error, where=path) from error

    return forward
