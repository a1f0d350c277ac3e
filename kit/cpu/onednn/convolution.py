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
costs a few percent of the convolution, and nothing where the orders are equal. :mod:`kit.cpu.onednn.avx2` overrides
oneDNN's choice in two cases in which it is measurably slow.

Order of creation. oneDNN requires the forward primitive's descriptor as a hint for both gradients. :meth:`Plan.prepare`
creates all three before the first forward pass of a training step, so that an unsupported case raises
:class:`~kit.cpu.onednn.library.Unsupported` while Paddle's own operator can still take over; in the backward pass it
would be too late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import paddle
from paddle import Tensor

from kit.cpu.onednn import avx2, library, node
from kit.cpu.onednn.cache import LRUCache
from kit.cpu.onednn.geometry import Geometry
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
from kit.cpu.onednn.memory import MemoryLayout, any_layout, plain_layout
from kit.cpu.onednn.primitive import Padding, Primitive, Reorder

DIRECT = {"convolution": 1, "deconvolution": 10}  # dnnl_convolution_direct, dnnl_deconvolution_direct

PaddleGradient = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Paddle's gradient operator: (x, weight, gradient of y) -> gradients of x and of weight."""


@dataclass
class Plan:
    """The primitives of one geometry, each created when it is first needed.

    ``x``, ``weight``, ``bias`` and ``y`` are the layouts of Paddle's tensors.
    """

    geometry: Geometry
    x: MemoryLayout = field(init=False)
    weight: MemoryLayout = field(init=False)
    bias: MemoryLayout | None = field(init=False)
    y: MemoryLayout = field(init=False)

    def __post_init__(self) -> None:
        geometry = self.geometry
        self.x, self.y = plain_layout(geometry.x), plain_layout(geometry.y)
        self.weight = plain_layout(*geometry.weight_view())
        self.bias = plain_layout([geometry.y[1]]) if geometry.bias else None

    def _make(
        self,
        direction: str,
        *head: int,
        bias: bool,
        hint: bool,
        inside: tuple[MemoryLayout, MemoryLayout] | None = None,
    ) -> Primitive:
        """Create a primitive; ``inside`` fixes the layouts of x and y, which oneDNN otherwise chooses.

        The arguments of oneDNN's six functions share one order: engine, [propagation kind,] algorithm, the layouts of
        x, weight, [bias,] y, then strides, dilations, paddings, and the forward descriptor for the gradients.
        """
        geometry = self.geometry
        kind = "deconvolution" if geometry.transposed else "convolution"
        weight_dims, _ = geometry.weight_view()
        x, y = inside or (any_layout(geometry.x), any_layout(geometry.y))
        layouts: list[MemoryLayout | None] = [x, any_layout(weight_dims)]
        if bias:
            layouts.append(self.bias)
        layouts.append(y)
        # oneDNN's dilation counts the elements skipped between two taps: 0 for an undilated kernel.
        steps = (geometry.stride, [step - 1 for step in geometry.dilation], geometry.before, geometry.after)
        hints = [self._forward.description] if hint else []
        return Primitive(
            f"dnnl_{kind}_{direction}_primitive_desc_create",
            library.load().engine,
            *head,
            DIRECT[kind],
            *layouts,
            *(Dims(*values) for values in steps),
            *hints,
        )

    @cached_property
    def _forward(self) -> Primitive:
        make = partial(self._make, "forward", library.FORWARD_TRAINING, bias=True, hint=False)
        try:
            return make(inside=avx2.forward_layouts(self.geometry))
        except Unsupported:
            return make()

    @cached_property
    def _x_gradient(self) -> Primitive:
        return self._make("backward_data", bias=False, hint=True)

    @cached_property
    def _weight_gradient(self) -> Primitive:
        return self._make("backward_weights", bias=True, hint=True)

    @cached_property
    def _depth_padded(self) -> Plan | None:
        """The plan that computes the weight gradient faster from an x padded in memory; None where there is none."""
        if not avx2.needs_depth_padding(self.geometry, self._weight_gradient.implementation()):
            return None
        other = Plan(self.geometry.depth_padded())
        try:
            return None if avx2.is_matrix_product(other._weight_gradient.implementation()) else other
        except Unsupported:
            return None

    # For each pass, the copies of its two inputs and of its output, between Paddle's order and the primitive's.

    @cached_property
    def _forward_copies(self) -> tuple[Reorder, Reorder, Reorder]:
        run = self._forward
        return (
            Reorder(self.x, run.layout_of(SRC)),
            Reorder(self.weight, run.layout_of(WEIGHTS)),
            Reorder(run.layout_of(DST), self.y),
        )

    @cached_property
    def _x_gradient_copies(self) -> tuple[Reorder, Reorder, Reorder]:
        run = self._x_gradient
        return (
            Reorder(self.y, run.layout_of(DIFF_DST)),
            Reorder(self.weight, run.layout_of(WEIGHTS)),
            Reorder(run.layout_of(DIFF_SRC), self.x),
        )

    @cached_property
    def _weight_gradient_copies(self) -> tuple[Reorder | Padding, Reorder, Reorder]:
        other, geometry = self._depth_padded, self.geometry
        run = (other or self)._weight_gradient
        inset = (0, 0, geometry.before[0], *(0 for _ in geometry.x[3:]))
        x = run.layout_of(SRC)
        return (
            Padding(self.x, x, geometry.x, inset) if other else Reorder(self.x, x),
            Reorder(self.y, run.layout_of(DIFF_DST)),
            Reorder(run.layout_of(DIFF_WEIGHTS), self.weight),
        )

    def prepare(self) -> None:
        """Create the gradients' primitives, so that an unsupported case raises Unsupported before the forward pass."""
        _ = self._forward_copies, self._x_gradient_copies, self._weight_gradient_copies

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return y."""
        convert_x, convert_weight, restore_y = self._forward_copies
        y = paddle.empty(self.geometry.y, "float32")
        output = restore_y.output_for(y)
        bound = {SRC: convert_x.convert(x), WEIGHTS: convert_weight.convert(weight), DST: output}
        if self.bias is not None and bias is not None:
            bound[BIAS] = (self.bias, bias)
        self._forward.run(bound)
        restore_y.copy_back(output, y)
        return y

    def x_gradient(self, weight: Tensor, y_gradient: Tensor) -> Tensor:
        """Return the gradient of x."""
        convert_y, convert_weight, restore_x = self._x_gradient_copies
        gradient = paddle.empty(self.geometry.x, "float32")
        output = restore_x.output_for(gradient)
        inputs = {DIFF_DST: convert_y.convert(y_gradient), WEIGHTS: convert_weight.convert(weight)}
        self._x_gradient.run({**inputs, DIFF_SRC: output})
        restore_x.copy_back(output, gradient)
        return gradient

    def weight_gradients(self, x: Tensor, y_gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the gradients of the weight and of the bias (None without one)."""
        convert_x, convert_y, restore_weight = self._weight_gradient_copies
        gradient = paddle.empty(self.geometry.weight, "float32")
        output = restore_weight.output_for(gradient)
        bound = {SRC: convert_x.convert(x), DIFF_DST: convert_y.convert(y_gradient), DIFF_WEIGHTS: output}
        bias = None
        if self.bias is not None:
            bias = paddle.empty([self.geometry.y[1]], "float32")
            bound[DIFF_BIAS] = (self.bias, bias)
        (self._depth_padded or self)._weight_gradient.run(bound)
        restore_weight.copy_back(output, gradient)
        return gradient, bias


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
        others = [axis for axis in range(y_gradient.ndim) if axis != 1]
        return *self.original(x, weight, y_gradient), y_gradient.sum(others)


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, original: PaddleGradient) -> Tensor:
    """Return the convolution of float32 tensors on the CPU, with a gradient where one is required."""
    operation = Convolution(PLANS.get(geometry, lambda: Plan(geometry)), original)
    if paddle.is_grad_enabled():
        operation.plan.prepare()
    return node.apply(operation, x, weight) if bias is None else node.apply(operation, x, weight, bias)
