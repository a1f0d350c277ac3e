"""Convolutions and transposed convolutions on float32 tensors through oneDNN, forward and both gradients.

oneDNN's convolution_* and deconvolution_* primitives compute in layouts of their own; tensors enter and leave as
contiguous NCHW / NCDHW, since copying between layouts costs a few percent of the convolution. Computing on the plain
layout is three times slower, and a hundred times where the input has one channel. The layouts are oneDNN's choice but
in the two cases of AVX2 that :mod:`kit.cpu.onednn.avx2` knows better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import paddle
from paddle import Tensor

from kit.cpu.onednn import avx2, library, node
from kit.cpu.onednn.cache import Recent
from kit.cpu.onednn.library import (
    BIAS,
    DIFF_BIAS,
    DIFF_DST,
    DIFF_SRC,
    DIFF_WEIGHTS,
    DST,
    SRC,
    WEIGHTS,
    Dims,
    Unsupported,
)
from kit.cpu.onednn.primitive import Layout, Padding, Primitive, Reorder, contiguous, free, plain

DIRECT = {"convolution": 1, "deconvolution": 10}  # dnnl_convolution_direct, dnnl_deconvolution_direct


@dataclass(frozen=True)
class Geometry:
    """Everything a convolution's primitives depend on.

    ``x`` (N, C, ...), ``weight`` (O, C / groups, ...), or (C, O / groups, ...) when ``transposed``, ``y`` (N, O, ...);
    ``before`` and ``after`` are the padding on each side; one number per spatial axis in the other tuples.
    """

    x: tuple[int, ...]
    weight: tuple[int, ...]
    y: tuple[int, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    bias: bool
    transposed: bool = False

    def weight_view(self) -> tuple[list[int], list[int]]:
        """Return oneDNN's logical dimensions of the weight, ([G,] O, I, ...), and their strides in Paddle's memory."""
        g, kernel, steps = self.groups, list(self.weight[2:]), contiguous(self.weight)
        if self.transposed:
            inputs, outputs = self.weight[0] // g, self.weight[1]
            dims, strides = [g, outputs, inputs, *kernel], [inputs * steps[0], steps[1], steps[0], *steps[2:]]
        else:
            outputs, inputs = self.weight[0] // g, self.weight[1]
            dims, strides = [g, outputs, inputs, *kernel], [outputs * steps[0], *steps]
        return (dims, strides) if g > 1 else (dims[1:], strides[1:])

    def depth_padded(self) -> Geometry:
        """Return the same convolution of an x that has its padding along the first spatial axis in it."""
        n, c, depth, *rest = self.x
        x = (n, c, self.before[0] + depth + self.after[0], *rest)
        return replace(self, x=x, before=(0, *self.before[1:]), after=(0, *self.after[1:]))


@dataclass
class Plan:
    """The primitives of one geometry, each made when it is first needed."""

    geometry: Geometry
    x: Layout = field(init=False)
    weight: Layout = field(init=False)
    bias: Layout | None = field(init=False)
    y: Layout = field(init=False)

    def __post_init__(self) -> None:
        geometry = self.geometry
        self.x, self.y = plain(geometry.x), plain(geometry.y)
        self.weight = plain(*geometry.weight_view())
        self.bias = plain([geometry.y[1]]) if geometry.bias else None

    def _make(
        self, direction: str, *head: int, bias: bool, hint: bool, inside: tuple[Layout, Layout] | None = None
    ) -> Primitive:
        geometry = self.geometry
        kind = "deconvolution" if geometry.transposed else "convolution"
        weight_dims, _ = geometry.weight_view()
        x, y = inside or (free(geometry.x), free(geometry.y))
        layouts: list[Layout | None] = [x, free(weight_dims)]
        if bias:
            layouts.append(self.bias)
        layouts.append(y)
        # oneDNN counts the holes between taps: an undilated kernel has 0.
        steps = (geometry.stride, [step - 1 for step in geometry.dilation], geometry.before, geometry.after)
        hints = [self._forward.description] if hint else []
        return Primitive(
            f"dnnl_{kind}_{direction}_primitive_desc_create",
            library.opened().engine,
            *head,
            DIRECT[kind],
            *layouts,
            *(Dims(*values) for values in steps),
            *hints,
        )

    # Each pass's primitive, and the copies of its two inputs and its output.

    @cached_property
    def _forward(self) -> Primitive:
        make = partial(self._make, "forward", library.FORWARD_TRAINING, bias=True, hint=False)
        try:
            return make(inside=avx2.layouts(self.geometry))
        except Unsupported:
            return make()

    @cached_property
    def _data(self) -> Primitive:
        return self._make("backward_data", bias=False, hint=True)

    @cached_property
    def _weight(self) -> Primitive:
        return self._make("backward_weights", bias=True, hint=True)

    @cached_property
    def _depth_padded(self) -> Plan | None:
        """The plan that computes the weight's gradient faster, from an x padded in memory, where there is one."""
        if not avx2.wants_depth(self.geometry, self._weight.implementation()):
            return None
        other = Plan(self.geometry.depth_padded())
        try:
            return None if avx2.generic(other._weight.implementation()) else other
        except Unsupported:
            return None

    @cached_property
    def _forward_copies(self) -> tuple[Reorder, Reorder, Reorder]:
        run = self._forward
        return (
            Reorder(self.x, run.wants(SRC)),
            Reorder(self.weight, run.wants(WEIGHTS)),
            Reorder(run.wants(DST), self.y),
        )

    @cached_property
    def _data_copies(self) -> tuple[Reorder, Reorder, Reorder]:
        run = self._data
        return (
            Reorder(self.y, run.wants(DIFF_DST)),
            Reorder(self.weight, run.wants(WEIGHTS)),
            Reorder(run.wants(DIFF_SRC), self.x),
        )

    @cached_property
    def _weight_copies(self) -> tuple[Reorder | Padding, Reorder, Reorder]:
        other, geometry = self._depth_padded, self.geometry
        run = (other or self)._weight
        inset = (0, 0, geometry.before[0], *(0 for _ in geometry.x[3:]))
        return (
            Padding(self.x, run.wants(SRC), geometry.x, inset) if other else Reorder(self.x, run.wants(SRC)),
            Reorder(self.y, run.wants(DIFF_DST)),
            Reorder(run.wants(DIFF_WEIGHTS), self.weight),
        )

    def prepare(self) -> None:
        """Make the gradients' primitives, so that what oneDNN cannot do is known before the forward pass."""
        _ = self._forward_copies, self._data_copies, self._weight_copies

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return y."""
        enter_x, enter_weight, leave_y = self._forward_copies
        y = paddle.empty(self.geometry.y, "float32")
        room = leave_y.room(y)
        bound = {SRC: enter_x.enter(x), WEIGHTS: enter_weight.enter(weight), DST: room}
        if self.bias is not None and bias is not None:
            bound[BIAS] = (self.bias, bias)
        self._forward.run(bound)
        leave_y.leave(room, y)
        return y

    def x_gradient(self, weight: Tensor, y_gradient: Tensor) -> Tensor:
        """Return the gradient of x."""
        enter_y, enter_weight, leave_x = self._data_copies
        gradient = paddle.empty(self.geometry.x, "float32")
        room = leave_x.room(gradient)
        self._data.run({DIFF_DST: enter_y.enter(y_gradient), WEIGHTS: enter_weight.enter(weight), DIFF_SRC: room})
        leave_x.leave(room, gradient)
        return gradient

    def weight_gradients(self, x: Tensor, y_gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the gradients of the weight and of the bias (None without one)."""
        enter_x, enter_y, leave_weight = self._weight_copies
        gradient = paddle.empty(self.geometry.weight, "float32")
        room = leave_weight.room(gradient)
        bound = {SRC: enter_x.enter(x), DIFF_DST: enter_y.enter(y_gradient), DIFF_WEIGHTS: room}
        bias = None
        if self.bias is not None:
            bias = paddle.empty([self.geometry.y[1]], "float32")
            bound[DIFF_BIAS] = (self.bias, bias)
        (self._depth_padded or self)._weight.run(bound)
        leave_weight.leave(room, gradient)
        return gradient, bias


PLANS: Recent[Plan] = Recent(128)


@dataclass(frozen=True)
class Convolution:
    """A planned convolution as a node; ``stock`` is Paddle's gradient operator: (x, weight, y's gradient) -> both."""

    plan: Plan
    stock: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y and what its gradients need."""
        return self.plan.forward(x.contiguous(), weight.contiguous(), bias), (x, weight)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor | None]:
        """Return the gradients of x, weight and bias."""
        x, weight = (tensor.contiguous() for tensor in saved)
        x_gradient = self.plan.x_gradient(weight, y_gradient) if wanted[0] else None
        if not any(wanted[1:]):
            return x_gradient, None, None
        return x_gradient, *self.plan.weight_gradients(x, y_gradient)

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the same gradients by Paddle's operators."""
        x, weight = saved
        others = [axis for axis in range(y_gradient.ndim) if axis != 1]
        return *self.stock(x, weight, y_gradient), y_gradient.sum(others)


def convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: Geometry,
    stock: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]],
) -> Tensor:
    """Return the convolution of float32 tensors on the CPU, with a gradient where one is wanted."""
    operation = Convolution(PLANS.get(geometry, lambda: Plan(geometry)), stock)
    if paddle.is_grad_enabled():
        operation.plan.prepare()
    return node.apply(operation, x, weight) if bias is None else node.apply(operation, x, weight, bias)
