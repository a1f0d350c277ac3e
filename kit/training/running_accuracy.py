"""The accuracy on the batches of an epoch as they were trained on: a running average without a second pass."""

from __future__ import annotations

from typing import Any

from kit.contract.model import Objective
from kit.device import paddle


class RunningAccuracy:
    """Counts right classifications; there are none where a label is not one whole number."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.right: list[Any] = []
        self.samples = 0

    def add(self, outputs: Any, labels: Any) -> None:
        """Add a batch: what the network returned, and labels (N,) as a tensor."""
        if not isinstance(labels, paddle.Tensor) or labels.ndim != 1 or "int" not in str(labels.dtype):
            return
        with paddle.no_grad():
            predicted = self.objective.activation(outputs)
            if not isinstance(predicted, paddle.Tensor) or predicted.ndim != 2:
                return
            single = predicted.shape[1] == 1
            classes = (predicted[:, 0] > 0.5) if single else predicted.argmax(axis=1)
            self.right.append((classes.astype(labels.dtype) == labels).astype("int64").sum())
        self.samples += labels.shape[0]

    def value(self) -> float | None:
        """The fraction of right classifications, or None."""
        return sum(int(count.item()) for count in self.right) / self.samples if self.samples else None
