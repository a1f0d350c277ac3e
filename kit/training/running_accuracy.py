"""The accuracy on the batches of an epoch as they were trained on: a running average without a second pass."""

from __future__ import annotations

from typing import Any

from kit.contract.task import Task
from kit.device import paddle
from kit.models.objective import objective_of

CLASSES = ("classification", "binary")


class RunningAccuracy:
    """Counts right classifications, where the task is one and a label is one whole number."""

    def __init__(self, task: Task) -> None:
        self.counts = task.objective in CLASSES or task.metric.name.lower() == "accuracy"
        self.activation = objective_of(task).activation
        self.binary = task.objective == "binary"
        self.right: list[Any] = []
        self.samples: list[Any] = []

    def add(self, outputs: Any, labels: Any) -> None:
        """Add a batch: what the network returned, and labels (N,) as a tensor. Of a binary task 0 and 1 alone count."""
        single = isinstance(labels, paddle.Tensor) and labels.ndim == 1 and (self.binary or "int" in str(labels.dtype))
        if not (self.counts and single and isinstance(outputs, paddle.Tensor) and outputs.ndim == 2):
            return
        with paddle.no_grad():
            predicted = self.activation(outputs)
            classes = (predicted[:, 0] > 0.5) if predicted.shape[1] == 1 else predicted.argmax(axis=1)
            self.right.append((classes.astype(labels.dtype) == labels).astype("int64").sum())
            # Labels between 0 and 1, as those of mixed samples, are no classes. Nothing is fetched from a GPU here.
            whole = (labels == 0) | (labels == 1) if self.binary else labels == labels
            self.samples.append(whole.astype("int64").sum())

    def value(self) -> float | None:
        """The fraction of right classifications, or None."""
        samples = sum(int(count.item()) for count in self.samples)
        return sum(int(count.item()) for count in self.right) / samples if samples else None
