"""Predict through onnxruntime, paddle.inference or in eager mode, whichever is fastest for a network.

The network is exported, checked against eager mode, and timed on a real batch. The digit CNN predicts seven times as
fast as in Paddle's eager mode. A network that does not export, or whose exported form differs, is left to eager mode.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import paddle

from kit.cpu import log_once
from kit.prediction import measured, onnx_network
from kit.prediction.measured import EAGER, ONNX, PADDLE
from kit.prediction.onnx_network import OnnxNetwork, converted
from kit.prediction.paddle_network import PaddleNetwork
from kit.prediction.saved_network import (
    Arrays,
    Network,
    compare,
    eager,
    evaluating,
    first_line,
    save,
    silent,
    single_or_tuple,
)
from kit.runs.records import PredictionEngine

LOADERS: dict[str, Callable[[Path, Path], Network]] = {
    ONNX: lambda program, weights: OnnxNetwork(converted(program, weights)),
    PADDLE: PaddleNetwork,
}


class Predictor:
    """A network in its engine: call it with the arrays of its inputs (N, ...); N may change from call to call.

    ``engine`` says what runs it, and why. Calls from several threads take turns. A refused input of another size than
    ``example``, such as a window at a slide's edge, is left to eager mode; after one of the same size, all are.
    """

    def __init__(
        self,
        layer: paddle.nn.Layer,
        network: Network | None,
        engine: PredictionEngine,
        example: Sequence[np.ndarray] = (),
    ) -> None:
        self.engine = engine
        self._layer = layer
        self._shapes = [array.shape[1:] for array in example]
        self._turn = threading.Lock()
        self._network = network

    def __call__(self, *inputs: np.ndarray) -> Arrays:
        """Return the output, or the tuple of outputs, as float32 arrays (N, ...)."""
        with self._turn:
            if self._network is not None:
                try:
                    return single_or_tuple(self._network(inputs))
                except (RuntimeError, ValueError, OSError) as error:
                    if [array.shape[1:] for array in inputs] == self._shapes:
                        self._give_up(error)
            return eager(self._layer, inputs)

    def _give_up(self, error: Exception) -> None:
        log_once.warn(f"prediction: eager mode is used: {first_line(error)}")
        self._network = None
        self.engine = PredictionEngine(name=EAGER, reason=f"{self.engine.name} refused an input")


def predictor(layer: paddle.nn.Layer, example: Arrays) -> Predictor:
    """Return a function from input arrays to output arrays, in the fastest engine that gives what eager mode gives.

    ``example`` is an input (N, ...), or a tuple of them, as will be predicted. It is what is compared and timed, and so
    is its first sample alone. The weights are those of this moment.
    """
    inputs = example if isinstance(example, tuple) else (example,)
    if not paddle.get_device().startswith("cpu"):
        return Predictor(layer, None, PredictionEngine(name=EAGER, reason="a GPU computes"))
    key = measured.key_of(layer, inputs)
    with evaluating(layer), silent():
        known = measured.recall(key)
        if known is not None:
            found = _remembered(layer, inputs, known)
            if found is not None:
                return found
            measured.forget(key)
        networks, reason = exported(layer, inputs, measured.order(layer))
        if not networks:
            log_once.warn(f"prediction of {type(layer).__name__}: eager mode is used: {reason}")
            return Predictor(layer, None, PredictionEngine(name=EAGER, reason=reason))
        engine = measured.fastest(
            {
                **{name: _running(network, inputs) for name, network in networks.items()},
                EAGER: lambda: eager(layer, inputs),
            },
            len(inputs[0]),
        )
    measured.remember(key, engine)
    return Predictor(layer, networks.get(engine.name), engine, inputs)


def exported(
    layer: paddle.nn.Layer, inputs: Sequence[np.ndarray], names: Sequence[str]
) -> tuple[dict[str, Network], str]:
    """Return the network in each of these engines that is installed and gives what eager mode gives, and why others do
    not.

    The files are removed again.
    """
    found: dict[str, Network] = {}
    reasons: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kit-") as folder:
        try:
            files = save(layer, inputs, Path(folder))
            checks = [(arrays, eager(layer, arrays)) for arrays in (inputs, tuple(array[:1] for array in inputs))]
        except Exception as error:  # an export fails in as many ways as a network can be written
            return {}, first_line(error)
        for name in names:
            if name == ONNX and not onnx_network.installed():
                continue
            try:
                network = LOADERS[name](*files)
                for arrays, expected in checks:
                    compare(single_or_tuple(network(arrays)), expected)
                found[name] = network
            except Exception as error:
                reasons.append(f"{name}: {first_line(error)}")
    return found, "; ".join(reasons)


def _remembered(layer: paddle.nn.Layer, inputs: Sequence[np.ndarray], engine: PredictionEngine) -> Predictor | None:
    """The network in the engine that was fastest before; None where it does not run there any more."""
    if engine.name == EAGER:
        return Predictor(layer, None, engine)
    networks, _ = exported(layer, inputs, [engine.name])
    return Predictor(layer, networks[engine.name], engine, inputs) if engine.name in networks else None


def _running(network: Network, inputs: Sequence[np.ndarray]) -> Callable[[], list[np.ndarray]]:
    return lambda: network(inputs)
