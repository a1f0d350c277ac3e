"""ReLU, ReLU6 and dropout on all threads. Paddle computes gradients of ReLU and draws dropout's mask on one thread.

For a tensor of 128x32x28x28, ReLU forward and backward takes 1.5 ms instead of 21 ms, dropout 6 ms instead of 52 ms.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import c_float
from dataclasses import dataclass

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn import library, node
from kit.cpu.onednn.cache import LRUCache
from kit.cpu.onednn.library import DIFF_DST, DIFF_SRC, DST, SRC
from kit.cpu.onednn.memory import plain_layout
from kit.cpu.onednn.primitive import Primitive

SMALLEST = 1 << 14
"""Elements below which Paddle's own operator is faster than looking up the primitive."""

RELU_FROM_RESULT = 0x100  # dnnl_eltwise_relu_use_dst_for_bwd
CLIP_FROM_RESULT = 0x106  # dnnl_eltwise_clip_v2_use_dst_for_bwd


@dataclass
class Plan:
    """The primitives of ReLU for a number of elements, with an upper limit or without.

    The gradient is computed from the result, so x is not kept.
    """

    count: int
    limit: float | None = None

    def __post_init__(self) -> None:
        self.line = plain_layout([self.count])
        algorithm = RELU_FROM_RESULT if self.limit is None else CLIP_FROM_RESULT
        parameters = c_float(0), c_float(self.limit or 0)  # the slope below 0, or the two limits
        engine, training = library.load().engine, library.FORWARD_TRAINING
        name = "dnnl_eltwise_forward_primitive_desc_create"
        self.forward_pass = Primitive(name, engine, training, algorithm, self.line, self.line, *parameters)
        self.backward_pass = Primitive(
            "dnnl_eltwise_backward_primitive_desc_create",
            engine,
            algorithm,
            self.line,
            self.line,
            self.line,
            *parameters,
            self.forward_pass.description,
        )


PLANS: LRUCache[Plan] = LRUCache(128)


@dataclass(frozen=True)
class Relu:
    """max(x, 0), or min(max(x, 0), limit), as an operation of the graph."""

    plan: Plan

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y, and y again as the tensor that the gradient needs."""
        y = paddle.empty(x.shape, "float32")
        self.plan.forward_pass.run({SRC: (self.plan.line, x.contiguous()), DST: (self.plan.line, y)})
        return y, (y,)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor]:
        """Return the gradient of x."""
        gradient = paddle.empty(saved[0].shape, "float32")
        line = self.plan.line
        self.plan.backward_pass.run({DST: (line, saved[0]), DIFF_DST: (line, y_gradient), DIFF_SRC: (line, gradient)})
        return [gradient]

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the gradient of x by Paddle's own operators."""
        y, limit = saved[0].detach(), self.plan.limit
        inside = y > 0 if limit is None else paddle.logical_and(y > 0, y < limit)
        return [y_gradient * inside.astype("float32")]


def relu(x: Tensor, limit: float | None = None) -> Tensor:
    """Return max(x, 0), or min(max(x, 0), limit), of a float32 tensor on the CPU."""
    count = int(np.prod(x.shape))
    return node.apply(Relu(PLANS.get((count, limit), lambda: Plan(count, limit))), x)


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
    np.multiply(kept, np.float32(1 / (1 - p) if upscale else 1), out=_elements(mask), dtype=np.float32)
    return x * mask


def _elements(tensor: Tensor) -> np.ndarray:
    """Return a contiguous CPU tensor's own memory in its shape; the tensor must outlive it."""
    memory = ctypes.cast(ctypes.c_void_p(tensor.data_ptr()), ctypes.POINTER(c_float))
    return np.ctypeslib.as_array(memory, tuple(tensor.shape))
