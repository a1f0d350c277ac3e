"""Convolutions and transposed convolutions of float32 tensors through oneDNN, forward and both gradients.

How it works. oneDNN separates deciding from computing. A *primitive* is code that oneDNN compiles once for fixed
shapes, strides, paddings and memory layouts; running it afterwards only needs the addresses of the tensors. A
:class:`Plan` holds everything that one convolution geometry needs: three primitives (output, gradient of x, gradients
of weight and bias) and, for each primitive, the copies of its two inputs and its output. A plan is made on the first
call with a geometry, takes some milliseconds, and is kept in a cache of the 128 geometries used last.

Why copies. Paddle stores tensors as contiguous NCHW or NCDHW. Computing directly on that order is three times slower,
and a hundred times slower for an input of one channel. So each primitive is created with layouts left open
(``any_layout``), oneDNN picks the orders that it computes fastest in (usually blocks of 8 or 16 channels), and the plan
asks the primitive which orders those are and makes a :class:`~kit.cpu.onednn.primitive.Reorder` for each tensor. A copy
costs a few percent of the convolution, and nothing where the orders are equal. Consecutive layers need no copies
between them: see :mod:`kit.cpu.onednn.chain`.

Order of creation. oneDNN requires the forward primitive's descriptor as a hint for both gradients. :meth:`Plan.prepare`
creates all three before the first forward pass of a training step, so that an unsupported case raises
:class:`~kit.cpu.onednn.library.Unsupported` while Paddle's own operator can still take over; in the backward pass it
would be too late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import paddle
from paddle import Tensor

from kit.cpu.onednn import node
from kit.cpu.onednn.cache import LRUCache
from kit.cpu.onednn.convolution_primitives import ConvolutionPasses
from kit.cpu.onednn.geometry import Geometry, all_but_channels
from kit.cpu.onednn.memory import plain_layout
from kit.cpu.onednn.primitive import Reorder

PaddleGradient = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Paddle's gradient operator: (x, weight, gradient of y) -> gradients of x and of weight."""


class Plan:
    """A convolution of Paddle's tensors: its passes, and the copies of the results to Paddle's order."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._x, self._y = plain_layout(geometry.x), plain_layout(geometry.y)
        self._passes = ConvolutionPasses(geometry, self._x)
        self._restore_y = Reorder(self._passes.y, self._y)

    @cached_property
    def _restore_x(self) -> Reorder:
        return Reorder(self._passes.prepare(self._y), self._x)

    def prepare(self) -> None:
        """Create the gradients' primitives, so that an unsupported case raises Unsupported before the forward pass."""
        _ = self._restore_x

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return y."""
        return self._restore_y.to_shape(self._passes.forward(x, weight, bias), self.geometry.y)

    def x_gradient(self, weight: Tensor, y_gradient: Tensor) -> Tensor:
        """Return the gradient of x."""
        return self._restore_x.to_shape(self._passes.x_gradient(weight, y_gradient), self.geometry.x)

    def weight_gradients(self, x: Tensor, y_gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the gradients of the weight and of the bias (None without one)."""
        return self._passes.weight_gradients(x, y_gradient)


PLANS: LRUCache[Plan] = LRUCache(128)


@dataclass(frozen=True)
class Convolution:
    """A convolution as an operation of the graph; ``original`` is Paddle's own gradient operator."""

    plan: Plan
    original: PaddleGradient

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y and the tensors that its gradients need."""
        return self.plan.forward(x.contiguous(), weight.contiguous(), bias), (x, weight)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor | None]:
        """Return the gradients of x, weight and bias."""
        x, weight = (tensor.contiguous() for tensor in saved)
        x_gradient = self.plan.x_gradient(weight, y_gradient) if wanted[0] else None
        if not any(wanted[1:]):
            return x_gradient, None, None
        return x_gradient, *self.plan.weight_gradients(x, y_gradient)

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the same gradients by Paddle's own operators."""
        x, weight = saved
        return *self.original(x, weight, y_gradient), y_gradient.sum(all_but_channels(y_gradient.ndim))


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, original: PaddleGradient) -> Tensor:
    """Return the convolution of float32 tensors on the CPU, with a gradient where one is required."""
    operation = Convolution(PLANS.get(geometry, lambda: Plan(geometry)), original)
    if paddle.is_grad_enabled():
        operation.plan.prepare()
    return node.apply(operation, x, weight) if bias is None else node.apply(operation, x, weight, bias)
