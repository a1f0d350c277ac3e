"""Batch normalization as a stage of a chain, with or without a ReLU after it (Ioffe and Szegedy 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_float, c_uint

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn import library
from kit.cpu.onednn.chain.layers import BatchNormLayer
from kit.cpu.onednn.chain.stages import Gradients, LayerTensors
from kit.cpu.onednn.library import (
    DIFF_DST,
    DIFF_SCALE,
    DIFF_SHIFT,
    DIFF_SRC,
    DST,
    MEAN,
    SCALE,
    SHIFT,
    SRC,
    VARIANCE,
    WORKSPACE,
    Unsupported,
)
from kit.cpu.onednn.memory import MemoryLayout, elements, empty, plain_layout
from kit.cpu.onednn.primitive import BoundTensor, Primitive, Reorder, workspace

FIXED, SCALED, SHIFTED, WITH_RELU = 1, 2, 4, 8  # dnnl_use_global_stats, _use_scale, _use_shift, dnnl_fuse_norm_relu


class BatchNormStage:
    """A batch normalization of an x of ``shape`` (N, C, ...)."""

    def __init__(
        self, layer: BatchNormLayer, shape: Sequence[int], x: MemoryLayout, relu: bool, training: bool
    ) -> None:
        if not layer.fixed and np.prod(shape) == shape[1]:
            raise Unsupported("it has one value per channel")  # which Paddle's own operator returns unchanged
        self.layer, self.y = layer, x
        self._channels, self._line = shape[1], plain_layout([shape[1]])
        flags = FIXED * layer.fixed | SCALED * layer.scale | SHIFTED * layer.shift | WITH_RELU * relu
        self._rest = c_float(layer.epsilon), c_uint(flags)
        # Only the forward pass of training returns the batch's statistics.
        kind = library.FORWARD_TRAINING if training or not layer.fixed else library.FORWARD_INFERENCE
        name = "dnnl_batch_normalization_forward_primitive_desc_create"
        self._forward = Primitive(name, library.load().engine, kind, x, x, *self._rest)
        self.kept = 4 if relu and training else 3

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Prepare the gradients; return the layout of x's gradient."""
        x, name = self.y, "dnnl_batch_normalization_backward_primitive_desc_create"
        engine, hint = library.load().engine, self._forward.description
        self._backward = Primitive(name, engine, library.BACKWARD, x, x, x, *self._rest, hint)
        self._convert_y = Reorder(y_gradient, x)
        return x

    def forward(self, x: Tensor, own: LayerTensors) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y; update the running statistics, unless they are those that are used."""
        mean, variance = own.running if self.layer.fixed else self._lines(2)
        y, memory = empty(self.y), workspace(self._forward)
        bound = {SRC: (self.y, x), DST: (self.y, y), MEAN: (self._line, mean), VARIANCE: (self._line, variance)}
        bound |= self._bind(SCALE, SHIFT, own.parameters)
        self._forward.run(bound | memory)
        if not self.layer.fixed:
            for running, batch in zip(own.running, (mean, variance), strict=True):
                _update(running, batch, self.layer.momentum)
        return y, (x, mean, variance, *(tensor for _, tensor in memory.values()))

    def backward(
        self, kept: Sequence[Tensor], own: LayerTensors, y_gradient: Tensor, wanted: Sequence[bool]
    ) -> Gradients:
        """Return the gradients of x, scale and shift."""
        x, mean, variance, *memory = kept
        gradient, found, line = empty(self.y), self._lines(len(own.parameters)), self._line
        bound = {SRC: (self.y, x), MEAN: (line, mean), VARIANCE: (line, variance), DIFF_SRC: (self.y, gradient)}
        bound[DIFF_DST] = self._convert_y.convert(y_gradient)
        if memory:
            bound[WORKSPACE] = (self._backward.layout_of(WORKSPACE), memory[0])
        if self.layer.scale:
            bound[SCALE] = (line, own.parameters[0])
        self._backward.run(bound | self._bind(DIFF_SCALE, DIFF_SHIFT, found))
        return gradient, *found

    def _lines(self, count: int) -> list[Tensor]:
        return [paddle.empty([self._channels], "float32") for _ in range(count)]

    def _bind(self, scale: int, shift: int, tensors: Sequence[Tensor]) -> dict[int, BoundTensor]:
        """Bind the layer's scale and shift, or their gradients, to oneDNN's two arguments for them."""
        arguments = [scale] * self.layer.scale + [shift] * self.layer.shift
        return {argument: (self._line, tensor) for argument, tensor in zip(arguments, tensors, strict=True)}


def _update(running: Tensor, batch: Tensor, momentum: float) -> None:
    """Move a running statistic (C,) towards the batch's, in place."""
    old, new = elements(running), elements(batch)
    old *= np.float32(momentum)
    old += np.float32(1 - momentum) * new
