"""A convolution and a normalization with fixed statistics as one convolution.

The normalization is then linear for each channel: it multiplies the weight and moves the bias.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn.chain.layers import BatchNormLayer
from kit.cpu.onednn.chain.stages import ConvolutionStage, Gradients, LayerTensors
from kit.cpu.onednn.memory import MemoryLayout, elements


class FoldedStage:
    """``convolution``, which has a bias, with the weight and bias folded from those of both layers.

    ``bias`` says whether the convolution's layer has a bias. The parameters are the convolution's and then the
    normalization's.
    """

    def __init__(self, convolution: ConvolutionStage, norm: BatchNormLayer, bias: bool) -> None:
        self._convolution, self._norm, self._bias = convolution, norm, bias
        self.y, self.kept = convolution.y, 2 + convolution.kept

    def prepare(self, y_gradient: MemoryLayout) -> MemoryLayout:
        """Prepare the gradients; return the layout of x's gradient."""
        return self._convolution.prepare(y_gradient)

    def forward(self, x: Tensor, own: LayerTensors) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y; keep the folded weight and bias, and what the convolution keeps."""
        weight, bias, scale, shift, mean, deviation = self._values(own)
        factor = scale / deviation
        folded = [paddle.to_tensor(weight * _column(factor, weight)), paddle.to_tensor((bias - mean) * factor + shift)]
        y, kept = self._convolution.forward(x, LayerTensors(folded))
        return y, (*folded, *kept)

    def backward(
        self, kept: Sequence[Tensor], own: LayerTensors, y_gradient: Tensor, wanted: Sequence[bool]
    ) -> Gradients:
        """Return the gradients of x, weight, bias, scale and shift."""
        asked = [wanted[0], any(wanted[1:]), any(wanted[1:])]
        x, *folded = self._convolution.backward(kept[2:], LayerTensors(kept[:2]), y_gradient, asked)
        if not asked[1]:
            return x, *(None for _ in own.parameters)
        weight, bias, scale, _, mean, deviation = self._values(own)
        by_weight, by_bias = (elements(tensor) for tensor in folded if tensor is not None)
        factor = scale / deviation
        by_factor = (by_weight * weight).reshape(len(bias), -1).sum(1) + by_bias * (bias - mean)
        found = [by_weight * _column(factor, weight), *[by_bias * factor] * self._bias]
        found += [*[by_factor / deviation] * self._norm.scale, *[by_bias] * self._norm.shift]
        return x, *(paddle.to_tensor(array) for array in found)

    def _values(self, own: LayerTensors) -> tuple[np.ndarray, ...]:
        """Return weight, bias, scale, shift, mean and standard deviation; all but the weight are (O,)."""
        given = iter(own.parameters)
        weight = elements(next(given).contiguous())
        zero, one = np.zeros(len(weight), np.float32), np.ones(len(weight), np.float32)
        bias = elements(next(given)) if self._bias else zero
        scale = elements(next(given)) if self._norm.scale else one
        shift = elements(next(given)) if self._norm.shift else zero
        mean, variance = (elements(tensor) for tensor in own.running)
        return weight, bias, scale, shift, mean, np.sqrt(variance + np.float32(self._norm.epsilon))


def _column(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Shape values (O,) to multiply a weight (O, I, ...)."""
    return values.reshape(-1, *[1] * (weight.ndim - 1))
