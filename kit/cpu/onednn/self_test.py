"""Compare oneDNN's results with Paddle's on small cases, before a model uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn import shapes
from kit.cpu.onednn.chain import sequential
from kit.cpu.onednn.chain.layers import by_paddle
from kit.cpu.onednn.convolution import convolve
from kit.cpu.onednn.library import Unsupported
from kit.cpu.onednn.pointwise import relu
from kit.cpu.onednn.pooling import pool

TOLERANCE = 1e-4
"""Largest difference allowed, relative to the largest value."""

Case = tuple[str, Callable[..., Tensor], Callable[..., Tensor], list[Tensor]]


def run() -> None:
    """Raise :class:`Unsupported` unless outputs and gradients of small cases equal those of Paddle's own operators."""
    for what, ours, original, inputs in _cases():
        pairs = zip(_with_gradients(ours, inputs), _with_gradients(original, inputs), strict=True)
        for found, other in pairs:
            if found.shape != other.shape or difference(found, other) > TOLERANCE:
                raise Unsupported(f"its {what} differs from Paddle's")


def difference(mine: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference relative to the largest value; infinity where a value of ``mine`` is not finite."""
    if not np.isfinite(mine).all():
        return float("inf")
    return float(np.abs(mine - other).max() / max(np.abs(other).max(), 1e-6))


def _cases() -> Iterator[Case]:
    """Yield (name, oneDNN's operator, Paddle's, inputs). Run it before Paddle's operators are replaced."""
    operators = paddle._C_ops
    steps: tuple[Any, ...] = ([2, 1], [1, 0], "EXPLICIT", [1, 1], 1)
    geometry = shapes.convolution([2, 3, 5, 6], [4, 3, 3, 3], [2, 1], [1, 0], "EXPLICIT", [1, 1], 1, bias=True)
    yield (
        "convolution",
        lambda x, weight, bias: convolve(x, weight, bias, geometry, operators.conv2d_grad),
        lambda x, weight, bias: operators.conv2d(x, weight, *steps, "NCHW") + bias.reshape([1, -1, 1, 1]),
        [_values(2, 3, 5, 6), _values(4, 3, 3, 3), _values(4)],
    )
    window = shapes.pool("max", [2, 9, 5, 6], [2, 2], [2, 2], [0, 0], False, "EXPLICIT")
    rest = ([2, 2], [2, 2], [0, 0], False, True, "NCHW", "max", False, False, "EXPLICIT")
    yield (
        "pool",
        lambda x: pool(x, window, (operators.pool2d, operators.pool2d_grad)),
        lambda x: operators.pool2d(x, *rest),
        [_values(2, 9, 5, 6)],
    )
    yield "chain", *_chain(), [_values(2, 3, 5, 6)]
    yield "relu", relu, operators.relu, [_values(3, 7)]
    yield "relu6", lambda x: relu(x * 9, 6.0), lambda x: operators.relu6(x * 9), [_values(3, 7)]


def _chain() -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Return a convolution, normalization, ReLU and pool as a chain, and layer by layer."""
    nn = paddle.nn
    convolution = nn.Conv2D(3, 9, 3, weight_attr=nn.initializer.Constant(0.0), bias_attr=False)
    convolution.weight.set_value(_values(*convolution.weight.shape))
    layers = nn.Sequential(convolution, nn.BatchNorm2D(9), nn.ReLU(), nn.MaxPool2D(2)).to(device="cpu")

    def one_by_one(x: Tensor) -> Tensor:
        for layer in layers:
            x = by_paddle(layer, x)
        return x

    return lambda x: sequential.run(layers, x), one_by_one


def _with_gradients(operator: Callable[..., Tensor], inputs: list[Tensor]) -> list[np.ndarray]:
    with paddle.enable_grad():
        y = operator(*inputs)
        gradients = paddle.grad([y], inputs, [_values(*y.shape)])
    return [tensor.numpy() for tensor in (y, *gradients)]


def _values(*shape: int) -> Tensor:
    """Return fixed values in [-1, 1] without drawing from a random generator."""
    count = int(np.prod(shape))
    values = np.cos(np.arange(count) * 2.399963).astype("float32").reshape(shape)
    return paddle.to_tensor(values, place=paddle.CPUPlace(), stop_gradient=False)
