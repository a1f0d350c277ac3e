"""Compare oneDNN's operators with Paddle's own: outputs and every gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import paddle

from kit import cpu

TOLERANCE = 1e-4


def outputs_and_gradients(function: Callable[..., Any], inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Return the output and the gradient of each input, for one fixed gradient of the output."""
    tensors = [paddle.to_tensor(array, stop_gradient=False) for array in inputs]
    y = function(*tensors)
    weights = np.random.default_rng(7).standard_normal(tuple(y.shape)).astype("float32")
    found = paddle.grad([y], tensors, [paddle.to_tensor(weights)])
    return [y.numpy(), *(gradient.numpy() for gradient in found)]


def assert_same(function: Callable[..., Any], *inputs: np.ndarray) -> None:
    """Fail unless the function gives the same with oneDNN and without, to 1e-4 of the largest value."""
    cpu.uninstall()
    theirs = outputs_and_gradients(function, list(inputs))
    assert cpu.install().active
    try:
        mine = outputs_and_gradients(function, list(inputs))
    finally:
        cpu.uninstall()
    for name, a, b in zip(["output", *(f"gradient {n}" for n in range(len(inputs)))], mine, theirs, strict=True):
        assert a.shape == b.shape, name
        scale = max(float(np.nanmax(np.abs(b))), 1e-6)
        # Paddle's average over a window without any element of x is NaN.
        assert np.allclose(a, b, rtol=0, atol=TOLERANCE * scale, equal_nan=True), name


def values(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """Return normally distributed float32 values."""
    return generator.standard_normal(shape).astype("float32")
