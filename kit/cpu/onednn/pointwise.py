"""ReLU, ReLU6 and dropout on all threads. Paddle computes gradients of ReLU and draws dropout's mask on one thread.

For a tensor of 128x32x28x28, ReLU forward and backward takes 1.5 ms instead of 21 ms, dropout 6 ms instead of 52 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn import library, node
from kit.cpu.onednn.cache import LRUCache
from kit.cpu.onednn.eltwise import Eltwise
from kit.cpu.onednn.geometry import all_but_channels
from kit.cpu.onednn.library import DIFF_DST, DIFF_SRC, DST, SRC
from kit.cpu.onednn.memory import MemoryLayout, elements, plain_layout
from kit.cpu.onednn.primitive import Primitive

SMALLEST = 1 << 14
"""Elements below which Paddle's own operator is faster than looking up the primitive."""


class Plan:
    """The primitives of ReLU, with an upper limit or without, on memory of one layout.

    The gradient is computed from the result, so x is not kept.
    """

    def __init__(self, layout: MemoryLayout, function: Eltwise) -> None:
        self.layout, self.function = layout, function
        engine, parameters = library.load().engine, function.parameters()
        name = "dnnl_eltwise_forward_primitive_desc_create"
        how = library.FORWARD_TRAINING, function.from_result
        self._forward = Primitive(name, engine, *how, layout, layout, *parameters)
        name, data, hint = "dnnl_eltwise_backward_primitive_desc_create", layout, self._forward.description
        self._backward = Primitive(name, engine, function.from_result, layout, layout, data, *parameters, hint)

    def forward(self, x: Tensor, y: Tensor) -> None:
        """Write the function of each element of x to y, which may be x itself."""
        self._forward.run({SRC: (self.layout, x), DST: (self.layout, y)})

    def backward(self, y: Tensor, y_gradient: Tensor, gradient: Tensor) -> None:
        """Write the gradient of x to ``gradient``, which may be ``y_gradient`` itself."""
        layout = self.layout
        self._backward.run({DST: (layout, y), DIFF_DST: (layout, y_gradient), DIFF_SRC: (layout, gradient)})


PLANS: LRUCache[Plan] = LRUCache(128)


@dataclass(frozen=True)
class Relu:
    """max(x, 0), or min(max(x, 0), limit), as an operation of the graph."""

    plan: Plan

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y, and y again as the tensor that the gradient needs."""
        y = paddle.empty(x.shape, "float32")
        self.plan.forward(x.contiguous(), y)
        return y, (y,)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor]:
        """Return the gradient of x."""
        gradient = paddle.empty(saved[0].shape, "float32")
        self.plan.backward(saved[0], y_gradient, gradient)
        return [gradient]

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the gradient of x by Paddle's own operators."""
        return [relu_gradient(self.plan.function, saved[0], y_gradient)]


def relu_gradient(function: Eltwise, y: Tensor, y_gradient: Tensor) -> Tensor:
    """Return the gradient of x from the result y, by Paddle's own operators."""
    y, limit = y.detach(), function.limit
    inside = y > 0 if limit is None else paddle.logical_and(y > 0, y < limit)
    return y_gradient * inside.astype("float32")


def relu(x: Tensor, limit: float | None = None) -> Tensor:
    """Return max(x, 0), or min(max(x, 0), limit), of a float32 tensor on the CPU."""
    count = int(np.prod(x.shape))
    plan = PLANS.get((count, limit), lambda: Plan(plain_layout([count]), Eltwise(limit)))
    return node.apply(Relu(plan), x)


@dataclass(frozen=True)
class ChannelBias:
    """x (N, C, ...) plus a bias (C,) as an operation of the graph. Paddle's takes ten times as long each way."""

    def forward(self, x: Tensor, bias: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y; its gradients need no tensor."""
        y = paddle.empty(x.shape, "float32")
        np.add(elements(x.contiguous()), elements(bias).reshape(_channels(x)), out=elements(y))
        return y, ()

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor]:
        """Return the gradients of x and of the bias."""
        bias = paddle.empty([y_gradient.shape[1]], "float32")
        elements(y_gradient).sum(all_but_channels(y_gradient.ndim), out=elements(bias))
        return [y_gradient, bias]

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the same by Paddle's own operators."""
        return [y_gradient, y_gradient.sum(all_but_channels(y_gradient.ndim))]


def add_bias(x: Tensor, bias: Tensor) -> Tensor:
    """Return x (N, C, ...) plus a bias (C,), float32 tensors on the CPU."""
    return node.apply(ChannelBias(), x, bias)


def _channels(x: Tensor) -> list[int]:
    """Return the shape of a value per channel that NumPy repeats along the other axes of x."""
    return [1, -1, *[1] * (x.ndim - 2)]


def dropout(x: Tensor, p: float, upscale: bool) -> Tensor:
    """Return x with each element zeroed with probability p, and the others divided by 1 - p where ``upscale``.

    The mask comes from NumPy's SFC64, seeded by one draw from Paddle's generator, so that ``paddle.seed`` fixes it.
    Each element uses 16 bits, so p is rounded to a multiple of 1/65536.
    """
    count = int(np.prod(x.shape))
    seed = paddle.randint(0, 2**31 - 1, [2]).numpy().tolist()
    bits = np.random.SFC64(seed).random_raw(-(-count // 4)).view(np.uint16)[:count]
    kept = (bits >= round(p * 65536)).reshape(x.shape)
    mask = paddle.empty(x.shape, "float32")
    np.multiply(kept, np.float32(1 / (1 - p) if upscale else 1), out=elements(mask), dtype=np.float32)
    return x * mask
