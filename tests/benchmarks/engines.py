"""The engines: each function builds a network and returns one step to time. Each engine runs in its own process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.rows import Row, builder

Step = Callable[[], Any]


def batch(row: Row) -> tuple[np.ndarray, np.ndarray]:
    """Return the same random inputs (float32) and labels (int64) for every engine."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal(row.shape, dtype=np.float32)
    if row.loss == "ctc":
        return x, generator.integers(1, row.classes, (row.shape[0], row.text))
    return x, generator.integers(0, row.classes, row.shape[0])


def paddle_train(row: Row) -> Step:
    """Forward, backward and Adam in Paddle, with whichever operators are installed."""
    import paddle
    from paddle.nn import functional

    from kit import cpu

    cpu.guard_grid_sample()  # without it the gradient of a spatial transformer crashes the process
    network = builder(row.paddle)()
    adam = paddle.optimizer.Adam(1e-4, parameters=network.parameters())
    x, y = (paddle.to_tensor(array) for array in batch(row))
    lengths = paddle.full([row.shape[0]], row.text, "int64")

    def loss(out: Any) -> Any:
        if row.loss == "mean":
            return out.mean()
        if row.loss == "classes":
            return functional.cross_entropy(out, y)
        steps = paddle.full([row.shape[0]], out.shape[0], "int64")
        return functional.ctc_loss(out, y.astype("int32"), steps, lengths)

    def step() -> None:
        loss(network(x)).backward()
        adam.step()
        adam.clear_grad()

    return step


def paddle_predict(row: Row) -> Step:
    """Eager prediction in Paddle."""
    import paddle

    network = builder(row.paddle)()
    network.eval()
    x, _ = batch(row)

    @paddle.no_grad()  # type: ignore[untyped-decorator]  # Paddle's decorators have no types
    def step() -> None:
        network(paddle.to_tensor(x)).numpy()

    return step


def kit_train(row: Row) -> Step:
    """The same step in the process that the kit prepares."""
    from kit import cpu
    from kit.cpu import environment

    environment.prepare()
    status = cpu.install()
    if not status.active:
        raise RuntimeError(str(status))
    return paddle_train(row)


def kit_predict(row: Row) -> Step:
    """Prediction as in the kit, in the engine that is fastest for the network."""
    from kit import cpu
    from kit.cpu import environment

    environment.prepare()
    cpu.install()
    from kit.prediction.inference import predictor

    network = builder(row.paddle)()
    network.eval()
    x, _ = batch(row)
    run = predictor(network, x)
    return lambda: run(x)


def torch_train(row: Row) -> Step:
    """Forward, backward and Adam in PyTorch."""
    import torch
    from torch.nn import functional

    assert row.torch is not None
    network = builder(row.torch)()
    adam = torch.optim.Adam(network.parameters(), 1e-4)
    x, y = (torch.from_numpy(array) for array in batch(row))
    lengths = torch.full((row.shape[0],), row.text)

    def loss(out: Any) -> Any:
        if row.loss == "mean":
            return out.mean()
        if row.loss == "classes":
            return functional.cross_entropy(out, y)
        steps = torch.full((row.shape[0],), out.shape[0])
        return functional.ctc_loss(out.log_softmax(2), y, steps, lengths)

    def step() -> None:
        loss(network(x)).backward()
        adam.step()
        adam.zero_grad()

    return step


def torch_predict(row: Row) -> Step:
    """Prediction in PyTorch."""
    import torch

    assert row.torch is not None
    network = builder(row.torch)()
    network.eval()
    x = torch.from_numpy(batch(row)[0])

    def step() -> None:
        with torch.inference_mode():
            network(x).numpy()

    return step


def onnxruntime_predict(row: Row) -> Step:
    """Prediction in onnxruntime of the Paddle network exported by paddle2onnx."""
    import onnxruntime
    import paddle
    import paddle2onnx

    network = builder(row.paddle)()
    network.eval()
    x, _ = batch(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network"
        paddle.jit.save(network, str(path), [paddle.static.InputSpec([None, *x.shape[1:]], "float32", "x")])
        program = next(path.parent.glob("network.json"), path.with_suffix(".pdmodel"))
        model = Path(folder) / "network.onnx"
        paddle2onnx.export(str(program), str(path.with_suffix(".pdiparams")), str(model))
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})


KEEP_FREED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184"}
"""The kit's malloc settings, as environment variables of glibc."""

TRAIN: dict[str, tuple[Callable[[Row], Step], dict[str, str]]] = {
    "Paddle": (paddle_train, {}),
    "kit": (kit_train, {}),
    "PyTorch": (torch_train, {}),
    "PyTorch, malloc": (torch_train, KEEP_FREED),
}
PREDICT: dict[str, tuple[Callable[[Row], Step], dict[str, str]]] = {
    "Paddle": (paddle_predict, {}),
    "kit": (kit_predict, {}),
    "PyTorch": (torch_predict, {}),
    "PyTorch, malloc": (torch_predict, KEEP_FREED),
    "onnxruntime": (onnxruntime_predict, {}),
}
