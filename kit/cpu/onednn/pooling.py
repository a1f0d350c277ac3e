"""Max and average pooling through oneDNN on blocked channels.

On a plain layout oneDNN's code is simple and slow (forward of 128x32x28x28: 22 ms, Paddle 5 ms), on blocked channels it
is compiled for the shape (0.8 ms, and 0.7 ms to copy the input into place).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import paddle
from paddle import Tensor

from kit.cpu.onednn import library, node
from kit.cpu.onednn.cache import Recent
from kit.cpu.onednn.library import DIFF_DST, DIFF_SRC, DST, SRC, WORKSPACE, Dims
from kit.cpu.onednn.primitive import Primitive, Reorder, blocked, plain, workspace

ALGORITHMS = {"max": 511, "avg inclusive": 767, "avg exclusive": 1023}
"""dnnl_pooling_max, dnnl_pooling_avg_include_padding, dnnl_pooling_avg_exclude_padding."""


@dataclass(frozen=True)
class Window:
    """A pool's shapes, x (N, C, ...) and y (N, C, ...), and per spatial axis its kernel, stride and padding."""

    kind: str
    x: tuple[int, ...]
    y: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass
class Plan:
    """The primitives of one window."""

    window: Window

    def __post_init__(self) -> None:
        self.x, self.y = plain(self.window.x), plain(self.window.y)
        self.inside, self.outside = blocked(self.window.x), blocked(self.window.y)
        self.enter_x, self.leave_y = Reorder(self.x, self.inside), Reorder(self.outside, self.y)

    def _steps(self) -> list[object]:
        window = self.window
        holes = [0] * len(window.kernel)
        return [Dims(*values) for values in (window.stride, window.kernel, holes, window.before, window.after)]

    @cached_property
    def _forward(self) -> Primitive:
        return Primitive(
            "dnnl_pooling_forward_primitive_desc_create",
            library.opened().engine,
            library.FORWARD_TRAINING,
            ALGORITHMS[self.window.kind],
            self.inside,
            self.outside,
            *self._steps(),
        )

    @cached_property
    def _backward(self) -> tuple[Reorder, Primitive, Reorder]:
        primitive = Primitive(
            "dnnl_pooling_backward_primitive_desc_create",
            library.opened().engine,
            ALGORITHMS[self.window.kind],
            self.inside,
            self.outside,
            *self._steps(),
            self._forward.description,
        )
        return Reorder(self.y, self.outside), primitive, Reorder(self.inside, self.x)

    def prepare(self) -> None:
        """Make the primitives, so that what oneDNN cannot do is known before the forward pass."""
        _ = self._forward, self._backward

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y and the workspace: for max pooling, where each maximum was."""
        y = paddle.empty(self.window.y, "float32")
        room = self.leave_y.room(y)
        memory = workspace(self._forward)
        self._forward.run({SRC: self.enter_x.enter(x), DST: room, **memory})
        self.leave_y.leave(room, y)
        return y, tuple(tensor for _, tensor in memory.values())

    def backward(self, y_gradient: Tensor, memory: Sequence[Tensor]) -> Tensor:
        """Return x's gradient."""
        enter, primitive, leave = self._backward
        gradient = paddle.empty(self.window.x, "float32")
        room = leave.room(gradient)
        bound = {DIFF_DST: enter.enter(y_gradient), DIFF_SRC: room}
        for tensor in memory:
            bound[WORKSPACE] = (self._forward.wants(WORKSPACE), tensor)
        primitive.run(bound)
        leave.leave(room, gradient)
        return gradient


PLANS: Recent[Plan] = Recent(128)


@dataclass(frozen=True)
class Pooling:
    """A planned pool as a node; ``stock`` is Paddle's operator and its gradient operator."""

    plan: Plan
    stock: tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor, Tensor], Tensor]]

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y and what its gradient needs."""
        y, memory = self.plan.forward(x.contiguous())
        return y, (x, *memory)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor]:
        """Return x's gradient."""
        return [self.plan.backward(y_gradient, saved[1:])]

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return x's gradient by Paddle's operator."""
        forward, gradient = self.stock
        return [gradient(saved[0], forward(saved[0]), y_gradient)]


def pool(
    x: Tensor, window: Window, stock: tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor, Tensor], Tensor]]
) -> Tensor:
    """Return the pool of a float32 tensor on the CPU."""
    plan = PLANS.get(window, lambda: Plan(window))
    plan.prepare()
    return node.apply(Pooling(plan, stock), x)
