"""Validation after an epoch: the loss and the score of the held-out samples, and the metric's further numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from kit.blocks.pipelining import Waiting
from kit.contract.config import TrainConfig
from kit.contract.model import Objective
from kit.data import Batch, Fold
from kit.device import Device, paddle
from kit.interruption import deferred
from kit.models.inputs import outputs_of
from kit.prediction.engines import to_array
from kit.prediction.predict import predict
from kit.scoring import held_out_score
from kit.training.batches import tensors
from kit.training.job import Job


def validate(job: Job, fold: Fold, layer: Any, epoch: int) -> tuple[float | None, float | None, dict[str, float]]:
    """Loss, score and further numbers of the metric on the held-out samples with the layer's weights.

    (None, None, {}) if the epoch is not validated or nothing is held out.
    The loss is None for a task that predicts a sample from several inputs, the score where the metric has no value.
    """
    config = job.config
    due = (epoch + 1) % config.valid_every == 0 or epoch + 1 == config.epochs
    if not due or not len(fold.valid) or not job.device.writes:
        return None, None, {}
    forward = ValidationForward(layer, job.objective, job.device, config)
    values = predict(job.loader, fold.valid, forward, "validate", on_batch=forward.expect)
    score, details = held_out_score(job.task, [job.samples[i] for i in fold.valid], values, {})
    total = forward.total_loss()
    loss = total / len(values) if job.task.infer is None and math.isfinite(total) else None
    return loss, score if math.isfinite(score) else None, _numbers(details)


def _numbers(details: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among a metric's details; lists and texts are left out."""
    numbers = {name: value for name, value in details.items() if isinstance(value, int | float)}
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


class ValidationForward:
    """The layer in evaluation mode as a function of NumPy batches, which adds up the loss of those that are expected.

    The losses stay on the device until the end: nothing waits for them.
    """

    def __init__(self, layer: Any, objective: Objective, device: Device, config: TrainConfig) -> None:
        self.layer, self.objective, self.device, self.config = layer, objective, device, config
        self._expected: Batch | None = None
        self._losses: list[tuple[Any, int]] = []

    def expect(self, batch: Batch) -> None:
        """Give the labels of the batch that is predicted next."""
        self._expected = batch

    def __call__(self, batch: Any, /) -> np.ndarray:
        """Predict a batch (N, ...)."""
        return self.start(batch)()

    def start(self, batch: Any, /) -> Waiting:
        """Start the prediction of a batch (N, ...), and its loss."""
        self.layer.eval()
        expected, self._expected = self._expected, None
        with deferred(), paddle.no_grad(), self.device.autocast():
            outputs = outputs_of(self.layer, batch)
            found = self.objective.activation(outputs).astype("float32")
            if expected is not None:
                loss = self.objective.loss(outputs, tensors(expected.y), self.config)
                self._losses.append((loss, len(expected.positions)))
        return lambda: to_array(found)

    def total_loss(self) -> float:
        """The sum over the batches of the loss times its samples."""
        with deferred():
            return float(sum(loss.item() * count for loss, count in self._losses))
