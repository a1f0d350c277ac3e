"""A model as a function from a batch to predictions: Paddle's eager mode, paddle.inference, or an estimator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from kit.contract.protocols import Forward
from kit.contract.task import Task
from kit.cpu import log_once
from kit.data.inputs import as_table
from kit.device import Device, paddle
from kit.errors import DataError, KitError
from kit.interruption import deferred
from kit.models.build import is_network
from kit.models.inputs import Flattened, as_arrays, as_tensors, call
from kit.models.objective import objective_of

WORTH_EXPORTING = 256  # samples


class Activated(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """A layer followed by its objective's activation: what is exported and predicted with."""

    def __init__(self, layer: Any, activation: Callable[[Any], Any]) -> None:
        super().__init__()
        self.layer = layer
        self.activation = activation

    def forward(self, x: Any) -> Any:
        """Turn inputs into predictions (N, ...)."""
        return self.activation(call(self.layer, x))


def make_forward(task: Task, model: Any, device: Device, samples: int, path: Path | None = None) -> Forward:
    """Return the fastest function of NumPy batches for a network or an estimator that predicts so many samples.

    A network on a CPU is exported; it takes a second or two, so that few samples are predicted in eager mode. ``path``
    is the file that an estimator was loaded from.
    """
    if not is_network(model):
        return estimator_forward(model, task.objective, path)
    if device.on_gpu or (task.infer is None and samples < WORTH_EXPORTING):
        return eager_forward(task, model, device)
    return exported_forward(task, model, device)


def eager_forward(task: Task, layer: Any, device: Device) -> Forward:
    """The layer as a function of NumPy batches, in evaluation mode, operator by operator."""
    whole = Activated(layer, objective_of(task).activation)

    def forward(batch: Any) -> np.ndarray:
        layer.eval()
        with deferred(), paddle.no_grad(), device.autocast():
            return np.asarray(whole(as_tensors(batch)).astype("float32").numpy())

    return forward


def exported_forward(task: Task, layer: Any, device: Device) -> Forward:
    """The layer as a function of NumPy batches, exported at the first one; eager mode where it does not export."""
    layer.eval()
    whole = Activated(layer, objective_of(task).activation)
    whole.eval()
    return exported(whole, eager_forward(task, layer, device))


def exported(network: Any, eager: Forward) -> Forward:
    """A network as a function of NumPy batches, exported at the first one; ``eager`` where it does not export."""
    engine: list[Forward] = []

    def forward(batch: Any) -> np.ndarray:
        with deferred():
            if not engine:
                engine.append(make_engine(network, batch) or eager)
            return engine[0](batch)

    return forward


def make_engine(network: Any, batch: Any) -> Forward | None:
    """The exported network as a function of batches like this one; None where it does not export."""
    from kit.prediction import inference

    if isinstance(batch, np.ndarray):
        return cast("Forward | None", inference.predictor(network, batch))
    arrays = as_arrays(batch)
    if arrays is None:
        log_once.warn("prediction: eager mode is used, since inputs that are nested or many are not exported")
        return None
    run = inference.predictor(Flattened(network, batch), arrays)
    return None if run is None else lambda batch: np.asarray(run(*(as_arrays(batch) or ())))


def estimator_forward(estimator: Any, objective: Any = "", path: Path | None = None) -> Forward:
    """A fitted estimator as a function of NumPy batches, with predictions as a network of this objective gives them.

    What an estimator from the file ``path`` raises becomes a DataError: its stored values need not fit each other.
    """

    def forward(batch: Any) -> np.ndarray:
        try:
            return np.asarray(_predicted(estimator, as_table(batch), objective), dtype=np.float32)
        except Exception as error:
            if path is None or isinstance(error, KitError):
                raise
            raise DataError("the fitted estimator cannot predict", found=error, where=path) from error

    return forward


def _predicted(estimator: Any, batch: Any, objective: Any) -> np.ndarray:
    """Numbers (N, K), or probabilities: of each class (N, C), of the positive class (N, 1), of each label (N, K)."""
    if objective == "regression" or not hasattr(estimator, "predict_proba"):
        numbers = np.asarray(estimator.predict(batch))
        return numbers.reshape(len(numbers), -1)
    predicted = estimator.predict_proba(batch)
    if isinstance(predicted, list):  # scikit-learn's forests: (N, 2) for each label
        return np.stack([each[:, 1] if each.shape[1] > 1 else each[:, 0] for each in predicted], axis=1)
    predicted = np.asarray(predicted)
    classes = getattr(estimator, "classes_", None)
    if objective == "classification" and predicted.ndim == 2:
        return _by_class(predicted, classes)
    if objective == "binary" and predicted.ndim == 2 and predicted.shape[1] == 2:
        return predicted[:, 1:]
    return predicted


def _by_class(predicted: np.ndarray, classes: Any) -> np.ndarray:
    """Put each probability in the column of its class, where the training part lacked some."""
    known = np.asarray([] if classes is None else classes)
    if known.dtype.kind not in "iu" or len(known) != predicted.shape[1] or known.min(initial=0) < 0:
        return predicted
    if np.array_equal(known, np.arange(len(known))):
        return predicted
    spread = np.zeros((len(predicted), int(known.max()) + 1), predicted.dtype)
    spread[:, known] = predicted
    return spread
