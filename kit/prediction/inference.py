"""Predict through onnxruntime or paddle.inference: the network is exported, fused as a whole, checked, and run.

onnxruntime comes first where the extra ``[onnx]`` is installed, paddle.inference with oneDNN otherwise. The digit CNN
predicts seven times faster than in Paddle's eager mode. A network that does not export, or whose exported form differs,
is left to eager mode.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import paddle
from paddle import inference

from kit.cpu import log_once
from kit.prediction.onnx_network import OnnxNetwork, preferred

TOLERANCE = 1e-4
"""Largest difference from eager mode allowed, relative to the largest value or to 1, whichever is more."""

SHAPES_KEPT = 16
"""Input shapes whose compiled primitives a predictor keeps."""

STANDARD_OUTPUT = 1  # its file descriptor

Arrays = np.ndarray | tuple[np.ndarray, ...]
Engine = Callable[[Sequence[np.ndarray]], list[np.ndarray]]


class Predictor:
    """An exported network: call it with the arrays of its inputs (N, ...); N may change from call to call.

    ``engine`` says what runs it. Calls from several threads take turns. Where an input is refused, eager mode is used
    from then on.
    """

    def __init__(
        self, layer: paddle.nn.Layer, inputs: Sequence[np.ndarray], load: Callable[[Path, Path], Engine]
    ) -> None:
        self._layer = layer
        self._turn = threading.Lock()
        self._exported: Engine | None = _export(layer, inputs, load)
        self.engine = type(self._exported).__name__

    def __call__(self, *inputs: np.ndarray) -> Arrays:
        """Return the output, or the tuple of outputs, as float32 arrays (N, ...)."""
        with self._turn:
            if self._exported is not None:
                try:
                    return self.run(*inputs)
                except (RuntimeError, ValueError, OSError) as error:
                    log_once.warn(f"prediction: eager mode is used: {_first_line(error)}")
                    self._exported = None
            return eager(self._layer, inputs)

    def run(self, *inputs: np.ndarray) -> Arrays:
        """Run the exported network, without turns and without a second way. Raises RuntimeError once it refused."""
        if self._exported is None:
            raise RuntimeError("the exported network has refused an input")
        return _single_or_tuple(self._exported(inputs))


class PaddleNetwork:
    """A program and its weights, as Paddle saves them, run by paddle.inference."""

    def __init__(self, program: Path, weights: Path) -> None:
        config = inference.Config(str(program), str(weights))
        config.disable_gpu()
        config.disable_glog_info()
        config.enable_mkldnn()
        config.set_mkldnn_cache_capacity(SHAPES_KEPT)
        config.set_cpu_math_library_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        # The executor's own threads pass every operator on to one another: 40% of a small batch's time (32 digits).
        paddle.set_flags({"FLAGS_new_executor_serial_run": True})
        self._network = inference.create_predictor(config)

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the outputs (N, ...) for the inputs (N, ...) in order."""
        for name, array in zip(self._network.get_input_names(), inputs, strict=True):
            self._network.get_input_handle(name).copy_from_cpu(np.ascontiguousarray(array))
        self._network.run()
        return [self._network.get_output_handle(name).copy_to_cpu() for name in self._network.get_output_names()]


def predictor(layer: paddle.nn.Layer, example: Arrays) -> Callable[..., Arrays] | None:
    """Return a function from input arrays to output arrays, faster than eager mode; None, and why once, without one.

    ``example`` is an input (N, ...), or a tuple of them, as will be predicted. The exported network must give what
    eager mode gives for it, and for its first sample alone; its weights are those of this moment.
    """
    inputs = example if isinstance(example, tuple) else (example,)
    if not paddle.get_device().startswith("cpu"):
        return None
    engines: list[type[OnnxNetwork | PaddleNetwork]] = (
        [OnnxNetwork, PaddleNetwork] if preferred(layer) else [PaddleNetwork]
    )
    reason = ""
    with evaluating(layer), _silent():
        for load in engines:
            try:
                found = Predictor(layer, inputs, load)
                for arrays in (inputs, tuple(array[:1] for array in inputs)):
                    _compare(found.run(*arrays), eager(layer, arrays))
            except Exception as error:  # an export fails in as many ways as a network can be written
                reason = _first_line(error)
            else:
                return found
    log_once.warn(f"prediction of {type(layer).__name__}: eager mode is used: {reason}")
    return None


def eager(layer: paddle.nn.Layer, inputs: Sequence[np.ndarray]) -> Arrays:
    """Return the layer's outputs in eager mode, as arrays."""
    with evaluating(layer), paddle.no_grad():
        out = layer(*(paddle.to_tensor(array) for array in inputs))
    flat = out if isinstance(out, list | tuple) else [out]
    return _single_or_tuple([tensor.numpy() for tensor in flat])


@contextmanager
def evaluating(layer: paddle.nn.Layer) -> Iterator[None]:
    """Put the layer and its parts into evaluation, and each back into its own mode afterwards."""
    modes = [(part, part.training) for part in layer.sublayers(include_self=True)]
    layer.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def _silent() -> Iterator[None]:
    """Discard what Paddle's library prints on standard output when a network first runs: that is for results."""
    try:
        kept = os.dup(STANDARD_OUTPUT)
    except OSError:  # closed by whoever started this process
        yield
        return
    if sys.stdout:
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STANDARD_OUTPUT)
        yield
    finally:
        if sys.stdout:
            sys.stdout.flush()
        os.dup2(kept, STANDARD_OUTPUT)
        os.close(kept)
        os.close(nowhere)


def _export(layer: paddle.nn.Layer, inputs: Sequence[np.ndarray], load: Callable[[Path, Path], Engine]) -> Engine:
    """Save the layer to a private folder, load it from there, and remove the files."""
    specs = [
        paddle.static.InputSpec([None, *array.shape[1:]], str(array.dtype), f"input_{index}")
        for index, array in enumerate(inputs)
    ]
    with tempfile.TemporaryDirectory(prefix="kit-") as folder:
        path = Path(folder) / "network"
        paddle.jit.save(layer, str(path), input_spec=specs)
        # Paddle 3 writes the program as .json, Paddle 2 as .pdmodel.
        program = next(file for file in path.parent.iterdir() if file.suffix in (".json", ".pdmodel"))
        return load(program, path.with_suffix(".pdiparams"))


def _compare(mine: Arrays, other: Arrays) -> None:
    """Raise ValueError unless both have the same shapes and values."""
    pairs = [array if isinstance(array, tuple) else (array,) for array in (mine, other)]
    for a, b in zip(*pairs, strict=True):
        if a.shape != b.shape:
            raise ValueError(f"its exported form returns {a.shape} in place of {b.shape}")
        if a.size and not np.abs(a - b).max() <= TOLERANCE * max(1.0, float(np.abs(b).max())):
            raise ValueError(f"its exported form differs by {np.abs(a - b).max():.1e}")


def _single_or_tuple(arrays: list[np.ndarray]) -> Arrays:
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__
