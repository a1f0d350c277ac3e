"""Gradients of maximum, minimum and mean over some axes, by NumPy.

Paddle computes them element by element: the gradient of a maximum of 128x256x3x3 elements over the last two axes takes
88 ms, here 1 ms. Over three axes of a tensor with five Paddle 3.3's gradient of a maximum or minimum is wrong: it
contains values of uninitialised memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn import node
from kit.cpu.onednn.memory import elements

EXTREMES = ("max", "min", "amax", "amin")


@dataclass(frozen=True)
class Operator:
    """One of Paddle's operators, :data:`EXTREMES` or 'mean'; ``divides`` is what :func:`divides` returns for it."""

    name: str
    original: Callable[..., Tensor]
    divides: bool


@dataclass(frozen=True)
class Reduction:
    """An operator over some axes as an operation of the graph."""

    operator: Operator
    axes: tuple[int, ...]
    keep: bool

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y by Paddle's own operator, and the tensors that the gradient needs."""
        y = self.operator.original(x, list(self.axes), self.keep)
        return y, (x,) if self.operator.name == "mean" else (x, y)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor]:
        """Return the gradient of x."""
        x, short = saved[0].contiguous(), self._short(saved[0])
        gradient = paddle.empty(x.shape, "float32")
        given = elements(y_gradient).reshape(short)
        if self.operator.name == "mean":
            np.copyto(elements(gradient), given * np.float32(1 / self._count(x)))
            return [gradient]
        chosen = elements(x) == elements(saved[1].contiguous()).reshape(short)
        if self.operator.divides:
            given = given / chosen.sum(self.axes, keepdims=True, dtype=np.float32)
        np.multiply(chosen, given, out=elements(gradient))
        return [gradient]

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the gradient of x by Paddle's own operators."""
        x, short = saved[0], self._short(saved[0])
        given = y_gradient.reshape(short)
        if self.operator.name == "mean":
            return [given.expand(x.shape) / self._count(x)]
        chosen = (x == saved[1].reshape(short)).astype("float32")
        return [given * (chosen / chosen.sum(list(self.axes), keepdim=True) if self.operator.divides else chosen)]

    def _short(self, x: Tensor) -> list[int]:
        """Return the shape of y with the axes kept."""
        return [1 if axis in self.axes else size for axis, size in enumerate(x.shape)]

    def _count(self, x: Tensor) -> int:
        return int(np.prod([x.shape[axis] for axis in self.axes]))


def divides(original: Callable[..., Tensor]) -> bool:
    """Return whether Paddle's operator divides the gradient among equal extremes: it depends on Paddle's version."""
    with paddle.enable_grad():
        x = paddle.to_tensor([1.0, 1.0], "float32", place=paddle.CPUPlace(), stop_gradient=False)
        (gradient,) = paddle.grad([original(x, [0], False)], [x])
    return float(gradient[0]) < 1


def reduce(x: Tensor, axes: Any, keep: bool, operator: Operator) -> Tensor:
    """Return the reduction of a float32 tensor on the CPU; ``axes`` is an axis, several, or all (None or empty)."""
    chosen = [axes] if isinstance(axes, int) else list(axes or range(x.ndim))
    normal = tuple(sorted({int(axis) % x.ndim for axis in chosen}))
    return node.apply(Reduction(operator, normal, keep), x)
