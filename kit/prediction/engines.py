"""A model as a function from a batch to predictions: Paddle's eager mode, paddle.inference, or an estimator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kit.blocks import pipelining
from kit.blocks.pipelining import Waiting
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
from kit.runs.records import PredictionEngine

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


class ModelForward:
    """A model as a function of NumPy batches; ``engine`` says what runs it, which a first batch may have to decide."""

    def __init__(self, forward: Forward, engine: PredictionEngine | None = None) -> None:
        self._forward = forward
        self._engine = engine

    def __call__(self, batch: Any, /) -> np.ndarray:
        """Predict a batch (N, ...)."""
        return self._forward(batch)

    def start(self, batch: Any, /) -> Waiting:
        """Start the prediction of a batch (N, ...)."""
        return pipelining.start(self._forward, batch)

    @property
    def engine(self) -> PredictionEngine | None:
        """What runs the model; None before the first batch of a network that is exported."""
        return self._engine or getattr(self._forward, "engine", None)


class ExportedForward:
    """A network as a function of NumPy batches, in the engine that is fastest for the first of them."""

    def __init__(self, network: Any, eager: Forward) -> None:
        self.engine: PredictionEngine | None = None
        self._network = network
        self._eager = eager
        self._predictor: Any = None
        self._flat = False

    def __call__(self, batch: Any, /) -> np.ndarray:
        """Predict a batch (N, ...)."""
        with deferred():
            if self.engine is None:
                self._choose(batch)
            if self._predictor is None:
                return self._eager(batch)
            found = self._predictor(*(as_arrays(batch) or ())) if self._flat else self._predictor(batch)
            self.engine = self._predictor.engine
            return np.asarray(found)

    def _choose(self, batch: Any) -> None:
        from kit.prediction import inference

        network, arrays = exportable(self._network, batch)
        if arrays is None:
            reason = "inputs that are nested or many are not exported"
            log_once.warn(f"prediction: eager mode is used, since {reason}")
            self.engine = PredictionEngine(name="eager mode", reason=reason)
            return
        self._flat = network is not self._network
        self._predictor = inference.predictor(network, arrays if self._flat else arrays[0])
        self.engine = self._predictor.engine


def exportable(network: Any, batch: Any) -> tuple[Any, tuple[np.ndarray, ...] | None]:
    """The network as one that takes the batch's arrays by position, and these; None where they are nested or many."""
    if isinstance(batch, np.ndarray):
        return network, (batch,)
    arrays = as_arrays(batch)
    return (network, None) if arrays is None else (Flattened(network, batch), arrays)


def make_forward(task: Task, model: Any, device: Device, samples: int, path: Path | None = None) -> ModelForward:
    """Return the fastest function of NumPy batches for a network or an estimator that predicts so many samples.

    A network on a CPU is exported; it takes a second or two, so that few samples are predicted in eager mode. ``path``
    is the file that an estimator was loaded from.
    """
    if not is_network(model):
        kind = type(model).__name__
        return ModelForward(
            estimator_forward(model, task.objective, path), PredictionEngine(name="estimator", reason=kind)
        )
    if device.on_gpu or (task.infer is None and samples < WORTH_EXPORTING):
        reason = "a GPU computes" if device.on_gpu else f"fewer than {WORTH_EXPORTING} samples"
        return ModelForward(eager_forward(task, model, device), PredictionEngine(name="eager mode", reason=reason))
    return ModelForward(exported_forward(task, model, device))


class EagerForward:
    """A layer with its activation as a function of NumPy batches, in evaluation mode, operator by operator."""

    def __init__(self, whole: Activated, device: Device) -> None:
        self._whole, self._device = whole, device

    def __call__(self, batch: Any, /) -> np.ndarray:
        """Predict a batch (N, ...)."""
        return self.start(batch)()

    def start(self, batch: Any, /) -> Waiting:
        """Start the prediction of a batch (N, ...): a GPU goes on computing when this returns."""
        self._whole.layer.eval()
        with deferred(), paddle.no_grad(), self._device.autocast():
            found = self._whole(as_tensors(batch)).astype("float32")
        return lambda: to_array(found)


def to_array(tensor: Any) -> np.ndarray:
    """A tensor's numbers, for which a device is waited for."""
    with deferred():
        return np.asarray(tensor.numpy())


def eager_forward(task: Task, layer: Any, device: Device) -> EagerForward:
    """The layer as a function of NumPy batches, in evaluation mode, operator by operator."""
    return EagerForward(Activated(layer, objective_of(task).activation), device)


def exported_forward(task: Task, layer: Any, device: Device) -> ExportedForward:
    """The layer as a function of NumPy batches, exported at the first one; eager mode where it does not export."""
    return ExportedForward(activated(task, layer), eager_forward(task, layer, device))


def activated(task: Task, layer: Any) -> Activated:
    """The layer followed by its objective's activation, in evaluation."""
    whole = Activated(layer, objective_of(task).activation)
    whole.eval()
    return whole


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
