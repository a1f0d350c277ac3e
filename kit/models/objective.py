"""The objectives that tasks can name: one class of several, one of two, several at once, and numbers."""

from __future__ import annotations

from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.model import Objective
from kit.contract.task import Task
from kit.device import paddle


def objective_of(task: Task) -> Objective:
    """The task's objective, built in or its own."""
    return task.objective if isinstance(task.objective, Objective) else BUILT_IN[task.objective]


def cross_entropy(logits: Any, y: Any, config: TrainConfig) -> Any:
    """Softmax cross-entropy of logits (N, C, ...), labels smoothed as configured.

    Labels are integers (N, ...), or fractions of each class with the shape of the logits.
    """
    soft = list(y.shape) == list(logits.shape) and "float" in str(y.dtype)
    target = y.astype("float32") if soft else y
    return paddle.nn.functional.cross_entropy(
        logits, target, axis=1, soft_label=soft, label_smoothing=config.label_smoothing
    )


def binary_cross_entropy(logits: Any, y: Any, config: TrainConfig) -> Any:
    """Sigmoid cross-entropy of logits (N, K) against labels 0 or 1 of the same shape, labels smoothed as configured.

    Logits (N, 1) fit labels (N,).
    """
    target = y.astype("float32").reshape(logits.shape)
    target = target * (1 - config.label_smoothing) + config.label_smoothing / 2
    return paddle.nn.functional.binary_cross_entropy_with_logits(logits, target)


def squared_error(outputs: Any, y: Any, config: TrainConfig) -> Any:
    """Mean squared error of outputs (N, K) against numbers of the same shape; outputs (N, 1) fit numbers (N,)."""
    return paddle.nn.functional.mse_loss(outputs.astype("float32"), y.astype("float32").reshape(outputs.shape))


def softmax(logits: Any) -> Any:
    """Class probabilities (N, C, ...) in float32."""
    return paddle.nn.functional.softmax(logits.astype("float32"), axis=1)


def sigmoid(logits: Any) -> Any:
    """The probability of each label (N, K) in float32; of the positive class (N, 1) where there is one output."""
    return paddle.nn.functional.sigmoid(logits.astype("float32")).reshape([logits.shape[0], -1])


def identity(outputs: Any) -> Any:
    """The outputs as they are, (N, K) in float32."""
    return outputs.astype("float32").reshape([outputs.shape[0], -1])


BUILT_IN = {
    "classification": Objective(cross_entropy, softmax),
    "binary": Objective(binary_cross_entropy, sigmoid),
    "multilabel": Objective(binary_cross_entropy, sigmoid),
    "regression": Objective(squared_error, identity),
}
