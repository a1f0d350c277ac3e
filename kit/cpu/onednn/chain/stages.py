"""The stages of a chain: a convolution, a pool, a ReLU, each on memory in the layout that the stage before it gives.

A stage's ``x`` and ``y`` are flat tensors in the layouts of its input and output. ``kept`` are the tensors that its
gradients need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from paddle import Tensor

from kit.cpu.onednn.convolution_primitives import ConvolutionPasses
from kit.cpu.onednn.eltwise import Eltwise
from kit.cpu.onednn.geometry import Geometry, Window
from kit.cpu.onednn.memory import MemoryLayout, blocked_layout, empty, plain_layout
from kit.cpu.onednn.pointwise import Plan as EltwisePlan
from kit.cpu.onednn.pooling import PoolingPrimitives
from kit.cpu.onednn.primitive import Reorder

Gradients = Sequence[Tensor | None]
"""The gradient of x and that of each parameter; one that is not wanted may be None."""


@dataclass(frozen=True)
class LayerTensors:
    """The tensors of a layer: its parameters, and ``running``, the mean and variance (C,) of a batch normalization."""

    parameters: Sequence[Tensor]
    running: Sequence[Tensor] = ()


class Stage(Protocol):
    """A layer of a chain, compiled for one shape and layout of its input."""

    y: MemoryLayout
    """The layout of the output."""
    kept: int
    """How many tensors :meth:`forward` keeps."""

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Prepare the gradients for this layout of y's gradient; return the layout of x's gradient."""

    def forward(self, x: Tensor, own: LayerTensors) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y and the tensors that the gradients need."""

    def backward(
        self, kept: Sequence[Tensor], own: LayerTensors, y_gradient: Tensor, wanted: Sequence[bool]
    ) -> Gradients:
        """Return the gradients of x and of the parameters, of which ``wanted`` says which are needed."""


class ConvolutionStage:
    """A convolution, with or without a ReLU after it."""

    def __init__(self, geometry: Geometry, x: MemoryLayout, after: Eltwise | None) -> None:
        self._passes = ConvolutionPasses(geometry, x, after)
        self.y = self._passes.y
        self._after = None if after is None else EltwiseStage(self.y, after)
        self.kept = 1 if after is None else 2

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Prepare the gradients; return the layout of x's gradient."""
        return self._passes.prepare(y_gradient if self._after is None else self._after.prepare(y_gradient))

    def forward(self, x: Tensor, own: LayerTensors) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y, and x (with a ReLU also y) for the gradients."""
        weight, *bias = own.parameters
        y = self._passes.forward(x, weight.contiguous(), bias[0] if bias else None)
        return y, (x,) if self._after is None else (x, y)

    def backward(
        self, kept: Sequence[Tensor], own: LayerTensors, y_gradient: Tensor, wanted: Sequence[bool]
    ) -> Gradients:
        """Return the gradients of x, the weight and the bias."""
        if self._after is not None:
            y_gradient = self._after.x_gradient(kept[1], y_gradient)
        x_gradient = self._passes.x_gradient(own.parameters[0].contiguous(), y_gradient) if wanted[0] else None
        if not any(wanted[1:]):
            return x_gradient, *(None for _ in own.parameters)
        return x_gradient, *self._passes.weight_gradients(kept[0], y_gradient)[: len(own.parameters)]


class PoolStage:
    """A max or average pool."""

    def __init__(self, window: Window, x: MemoryLayout) -> None:
        # On Paddle's own order oneDNN's pool is slow.
        inside = blocked_layout(window.x) if x == plain_layout(window.x) else x
        self._primitives = PoolingPrimitives(window, inside)
        self._convert_x = Reorder(x, inside)
        self.y = self._primitives.y
        self.kept = int(window.kind == "max")

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Prepare the gradient; return the layout of x's gradient."""
        self._primitives.prepare()
        self._convert_y = Reorder(y_gradient, self.y)
        return self._primitives.x

    def forward(self, x: Tensor, own: LayerTensors) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y and the workspace."""
        return self._primitives.forward(self._convert_x.convert(x)[1])

    def backward(
        self, kept: Sequence[Tensor], own: LayerTensors, y_gradient: Tensor, wanted: Sequence[bool]
    ) -> Gradients:
        """Return the gradient of x."""
        return [self._primitives.backward(self._convert_y.convert(y_gradient)[1], kept)]


class EltwiseStage:
    """ReLU, with an upper limit or without."""

    kept = 1

    def __init__(self, x: MemoryLayout, function: Eltwise) -> None:
        # As one line of numbers, since oneDNN has fast code for that whatever the number of channels: the elements that
        # fill up the last block are zero, and stay so.
        self._plan, self.y = EltwisePlan(plain_layout([x.floats]), function), x

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Prepare the gradient; return the layout of x's gradient."""
        self._convert_y = Reorder(y_gradient, self.y)
        return self.y

    def forward(self, x: Tensor, own: LayerTensors) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y, and y again for the gradient."""
        y = empty(self.y)
        self._plan.forward(x, y)
        return y, (y,)

    def backward(
        self, kept: Sequence[Tensor], own: LayerTensors, y_gradient: Tensor, wanted: Sequence[bool]
    ) -> Gradients:
        """Return the gradient of x."""
        return [self.x_gradient(kept[0], y_gradient)]

    def x_gradient(self, y: Tensor, y_gradient: Tensor) -> Tensor:
        """Return the gradient of x, computed from y."""
        gradient = empty(self.y)
        self._plan.backward(y, self._convert_y.convert(y_gradient)[1], gradient)
        return gradient
