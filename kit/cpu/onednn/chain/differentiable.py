"""The gradients of a chain's layers by Paddle's own operators, so that they can be differentiated again.

``paddle.grad`` cannot be called within a backward pass, so each layer's gradient is written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import paddle
from paddle import Tensor

from kit.cpu.onednn.chain.layers import (
    BatchNormLayer,
    ConvolutionLayer,
    DescribedLayer,
    Description,
    PoolLayer,
    by_paddle,
)
from kit.cpu.onednn.geometry import all_but_channels
from kit.cpu.onednn.pointwise import relu_gradient


def gradients(
    row: Sequence[DescribedLayer], parameters: Sequence[Sequence[Tensor]], x: Tensor, y_gradient: Tensor
) -> list[Tensor]:
    """Return the gradient of x, and of each layer's parameters in order."""
    values = [x]
    for layer, _ in row:
        values.append(by_paddle(layer, values[-1]))
    found: list[Tensor] = []
    for (layer, description), own, given, y in reversed(list(zip(row, parameters, values, values[1:], strict=False))):
        y_gradient, *more = _gradients(description, layer, own, given, y, y_gradient)
        found = [*more, *found]
    return [y_gradient, *found]


def _gradients(
    description: Description, layer: Any, own: Sequence[Tensor], x: Tensor, y: Tensor, y_gradient: Tensor
) -> Sequence[Tensor]:
    if isinstance(description, ConvolutionLayer):
        return _convolution(description, layer, own, x, y_gradient)
    if isinstance(description, BatchNormLayer):
        return _batch_norm(description, layer, own, x, y_gradient)
    if isinstance(description, PoolLayer):
        return [_pool(description, layer, x, y, y_gradient)]
    return [relu_gradient(description, y, y_gradient)]


def _convolution(
    known: ConvolutionLayer, layer: Any, own: Sequence[Tensor], x: Tensor, y_gradient: Tensor
) -> Sequence[Tensor]:
    name = layer._op_type if known.axes == 2 else "conv3d"
    order = (known.dilation, known.groups) if name == "conv2d" else (known.groups, known.dilation)
    dilation = [list(each) if isinstance(each, tuple) else each for each in order]
    steps = list(known.stride), list(known.padding), known.algorithm, *dilation, layer._data_format
    found = getattr(paddle._C_ops, f"{name}_grad")(x, own[0], y_gradient, *steps)
    return [*found, y_gradient.sum(all_but_channels(x.ndim))][: 1 + len(own)]


def _pool(known: PoolLayer, layer: Any, x: Tensor, y: Tensor, y_gradient: Tensor) -> Tensor:
    kind, exclusive = known.kind[:3], known.kind != "avg inclusive"
    steps = list(known.kernel), list(known.stride), list(known.padding), known.ceiling, exclusive
    rest = layer.data_format, kind, False, False, known.algorithm
    gradient: Tensor = getattr(paddle._C_ops, f"pool{known.axes}d_grad")(x, y, y_gradient, *steps, *rest)
    return gradient


def _batch_norm(
    known: BatchNormLayer, layer: Any, own: Sequence[Tensor], x: Tensor, y_gradient: Tensor
) -> Sequence[Tensor]:
    """Ioffe and Szegedy 2015, section 3."""
    others, shape = all_but_channels(x.ndim), [1, -1, *[1] * known.axes]
    mean = layer._mean.reshape(shape) if known.fixed else x.mean(others, keepdim=True)
    variance = layer._variance.reshape(shape) if known.fixed else (x - mean).square().mean(others, keepdim=True)
    scale = paddle.rsqrt(variance + known.epsilon)
    normal = (x - mean) * scale
    scale_gradient, shift_gradient = (y_gradient * normal).sum(others), y_gradient.sum(others)
    given = y_gradient * own[0].reshape(shape) if known.scale else y_gradient
    if not known.fixed:
        given = given - given.mean(others, keepdim=True) - normal * (given * normal).mean(others, keepdim=True)
    return [given * scale, *[scale_gradient] * known.scale, *[shift_gradient] * known.shift]
