"""The primitives of one convolution (output, gradient of x, gradients of weight and bias), and what to copy for them.

Their layouts are left open, so oneDNN picks the orders that it computes fastest in, usually blocks of 8 or 16 channels.
:mod:`kit.cpu.onednn.avx2` overrides its choice in two cases in which it is measurably slow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial

import paddle
from paddle import Tensor

from kit.cpu.onednn import avx2, library
from kit.cpu.onednn.eltwise import Eltwise
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
from kit.cpu.onednn.memory import MemoryLayout, any_layout, empty, plain_layout
from kit.cpu.onednn.primitive import Padding, Primitive, Reorder

DIRECT = {"convolution": 1, "deconvolution": 10}  # dnnl_convolution_direct, dnnl_deconvolution_direct


@dataclass
class ConvolutionPrimitives:
    """The primitives of one geometry, each created when it is first needed.

    ``weight`` and ``bias`` are the layouts of Paddle's tensors. ``after`` is a function of each element of y, which the
    forward primitive applies before it writes y.
    """

    geometry: Geometry
    after: Eltwise | None = None
    weight: MemoryLayout = field(init=False)
    bias: MemoryLayout | None = field(init=False)

    def __post_init__(self) -> None:
        geometry = self.geometry
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
        hints = [self.forward.description] if hint else []
        return Primitive(
            f"dnnl_{kind}_{direction}_primitive_desc_create",
            library.load().engine,
            *head,
            DIRECT[kind],
            *layouts,
            *(Dims(*values) for values in steps),
            *hints,
            after=None if hint else self.after,
        )

    @cached_property
    def forward(self) -> Primitive:
        """The output."""
        make = partial(self._make, "forward", library.FORWARD_TRAINING, bias=True, hint=False)
        try:
            return make(inside=avx2.forward_layouts(self.geometry))
        except Unsupported:
            return make()

    @cached_property
    def x_gradient(self) -> Primitive:
        """The gradient of x."""
        return self._make("backward_data", bias=False, hint=True)

    @cached_property
    def weight_gradient(self) -> Primitive:
        """The gradients of weight and bias."""
        return self._make("backward_weights", bias=True, hint=True)

    @cached_property
    def depth_padded(self) -> ConvolutionPrimitives | None:
        """The primitives that compute the weight gradient faster from an x padded in memory, or None."""
        if not avx2.needs_depth_padding(self.geometry, self.weight_gradient.implementation()):
            return None
        other = ConvolutionPrimitives(self.geometry.depth_padded())
        try:
            return None if avx2.is_matrix_product(other.weight_gradient.implementation()) else other
        except Unsupported:
            return None


class ConvolutionPasses:
    """A convolution and its gradients of tensors in given layouts.

    ``x`` is the layout of x, which comes from the operation before. ``y`` is the layout that oneDNN gives the output.
    The gradients travel back in layouts of their own: :meth:`prepare` is told that of y's gradient, and returns that
    of x's.
    """

    def __init__(self, geometry: Geometry, x: MemoryLayout, after: Eltwise | None = None) -> None:
        self.geometry, self.x = geometry, x
        self._primitives = ConvolutionPrimitives(geometry, after)
        run = self._primitives.forward
        self.y = run.layout_of(DST)
        self._forward_copies = (
            Reorder(x, run.layout_of(SRC)),
            Reorder(self._primitives.weight, run.layout_of(WEIGHTS)),
        )

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Create the gradients' primitives for this layout of y's gradient; return the layout of x's gradient.

        An unsupported case raises Unsupported here, before the forward pass.
        """
        mine, geometry = self._primitives, self.geometry
        run = mine.x_gradient
        self._x_gradient_copies = (
            Reorder(y_gradient, run.layout_of(DIFF_DST)),
            Reorder(mine.weight, run.layout_of(WEIGHTS)),
        )
        run = (mine.depth_padded or mine).weight_gradient
        inset = (0, 0, geometry.before[0], *(0 for _ in geometry.x[3:]))
        x = run.layout_of(SRC)
        self._weight_gradient_copies = (
            Padding(self.x, x, geometry.x, inset) if mine.depth_padded else Reorder(self.x, x),
            Reorder(y_gradient, run.layout_of(DIFF_DST)),
            Reorder(run.layout_of(DIFF_WEIGHTS), mine.weight),
        )
        return mine.x_gradient.layout_of(DIFF_SRC)

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return y in the layout ``y``."""
        convert_x, convert_weight = self._forward_copies
        y = empty(self.y)
        bound = {SRC: convert_x.convert(x), WEIGHTS: convert_weight.convert(weight), DST: (self.y, y)}
        if self._primitives.bias is not None and bias is not None:
            bound[BIAS] = (self._primitives.bias, bias)
        self._primitives.forward.run(bound)
        return y

    def x_gradient(self, weight: Tensor, y_gradient: Tensor) -> Tensor:
        """Return the gradient of x in the layout that :meth:`prepare` returned."""
        convert_y, convert_weight = self._x_gradient_copies
        run = self._primitives.x_gradient
        layout = run.layout_of(DIFF_SRC)
        gradient = empty(layout)
        inputs = {DIFF_DST: convert_y.convert(y_gradient), WEIGHTS: convert_weight.convert(weight)}
        run.run({**inputs, DIFF_SRC: (layout, gradient)})
        return gradient

    def weight_gradients(self, x: Tensor, y_gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the gradients of the weight and of the bias (None without one), in Paddle's order."""
        convert_x, convert_y, restore_weight = self._weight_gradient_copies
        mine = self._primitives
        gradient = paddle.empty(self.geometry.weight, "float32")
        output = restore_weight.output_for(gradient)
        bound = {SRC: convert_x.convert(x), DIFF_DST: convert_y.convert(y_gradient), DIFF_WEIGHTS: output}
        bias = None
        if mine.bias is not None:
            bias = paddle.empty([self.geometry.y[1]], "float32")
            bound[DIFF_BIAS] = (mine.bias, bias)
        (mine.depth_padded or mine).weight_gradient.run(bound)
        restore_weight.copy_back(output, gradient)
        return gradient, bias
