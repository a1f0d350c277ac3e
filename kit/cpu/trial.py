"""Compare oneDNN with Paddle's operators on small cases before any model relies on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu import shapes
from kit.cpu.convolution import convolve
from kit.cpu.library import Unsupported

TOLERANCE = 1e-4
"""Largest difference allowed, relative to the largest value."""


def run() -> None:
    """Raise :class:`Unsupported` unless a small convolution and its gradients equal the stock operator's."""
    x, weight, bias = (_values(*shape) for shape in ((2, 3, 5, 6), (4, 3, 3, 3), (4,)))
    geometry = shapes.convolution(x.shape, weight.shape, [2, 1], [1, 0], "EXPLICIT", [1, 1], 1, bias=True)

    def stock(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        y = paddle._C_ops.conv2d(a, b, [2, 1], [1, 0], "EXPLICIT", [1, 1], 1, "NCHW")
        return y + c.reshape([1, -1, 1, 1])

    def mine(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        return convolve(a, b, c, geometry, paddle._C_ops.conv2d_grad)

    ours = _with_gradients(mine, x, weight, bias)
    theirs = _with_gradients(stock, x, weight, bias)
    names = ("values", "x's gradient", "the weight's gradient", "the bias's gradient")
    for name, found, other in zip(names, ours, theirs, strict=True):
        if found.shape != other.shape or difference(found, other) > TOLERANCE:
            raise Unsupported(f"its small convolution differs from Paddle's in {name}")


def difference(mine: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference relative to the largest value; anything that is not finite counts as infinite."""
    if not np.isfinite(mine).all():
        return float("inf")
    return float(np.abs(mine - other).max() / max(np.abs(other).max(), 1e-6))


def _with_gradients(operator: Callable[..., Tensor], *inputs: Tensor) -> list[np.ndarray]:
    with paddle.enable_grad():
        y = operator(*inputs)
        gradients = paddle.grad([y], list(inputs), [_values(*y.shape)])
    return [tensor.numpy() for tensor in (y, *gradients)]


def _values(*shape: int) -> Tensor:
    """Return fixed values in [-1, 1] without touching any generator's state."""
    count = int(np.prod(shape))
    values = np.cos(np.arange(count) * 2.399963).astype("float32").reshape(shape)
    return paddle.to_tensor(values, place=paddle.CPUPlace(), stop_gradient=False)
