"""Which layers a chain may contain, and what it needs to know of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paddle import Tensor, nn
from paddle.nn import functional
from paddle.nn.functional import pooling
from paddle.utils import convert_to_list

from kit.cpu.onednn.eltwise import Eltwise


@dataclass(frozen=True)
class ConvolutionLayer:
    """A convolution over ``axes`` spatial axes, with Paddle's arguments."""

    axes: int
    weight: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    algorithm: str
    dilation: tuple[int, ...]
    groups: int
    bias: bool


@dataclass(frozen=True)
class BatchNormLayer:
    """A batch normalization over ``axes`` spatial axes; ``fixed`` where it uses the running statistics."""

    axes: int
    epsilon: float
    momentum: float
    scale: bool
    shift: bool
    fixed: bool


@dataclass(frozen=True)
class PoolLayer:
    """A pool over ``axes`` spatial axes, with Paddle's arguments; ``kind`` is that of a Window of :mod:`geometry`."""

    axes: int
    kind: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    ceiling: bool
    algorithm: str


Description = ConvolutionLayer | BatchNormLayer | PoolLayer | Eltwise
DescribedLayer = tuple[nn.Layer, Description]

CONVOLUTIONS = {nn.Conv2D: "NCHW", nn.Conv3D: "NCDHW"}
NORMS = {nn.BatchNorm2D: "NCHW", nn.BatchNorm3D: "NCDHW"}
MAX_POOLS = {nn.MaxPool2D: "NCHW", nn.MaxPool3D: "NCDHW"}
AVERAGE_POOLS = {nn.AvgPool2D: "NCHW", nn.AvgPool3D: "NCDHW"}
ELTWISE = {nn.ReLU: Eltwise(), nn.ReLU6: Eltwise(6.0)}


def describe(layer: nn.Layer) -> Description | None:
    """Return what a chain needs to know of a layer; None where it cannot contain it.

    Subclasses are not covered, since they may compute something else, and neither are layers with hooks.
    """
    kind = type(layer)
    if layer._forward_pre_hooks or layer._forward_post_hooks:
        return None
    if kind in ELTWISE:
        return ELTWISE[kind]
    if kind in CONVOLUTIONS:
        return _convolution(layer, CONVOLUTIONS[kind])
    if kind in NORMS:
        return _norm(layer, NORMS[kind])
    if kind in MAX_POOLS:
        return None if layer.return_mask else _pool(layer, "max", MAX_POOLS[kind])
    if kind in AVERAGE_POOLS:
        exclusive = "avg exclusive" if layer.exclusive else "avg inclusive"
        return None if layer.divisor is not None else _pool(layer, exclusive, AVERAGE_POOLS[kind])
    return None


def parameters(layer: nn.Layer) -> list[Tensor]:
    """Return the weight and the bias of a layer, where it has them."""
    return [tensor for tensor in (getattr(layer, "weight", None), getattr(layer, "bias", None)) if tensor is not None]


def running_statistics(layer: nn.Layer) -> list[Tensor]:
    """Return the running mean and variance of a batch normalization; nothing for other layers."""
    return [layer._mean, layer._variance] if type(layer) in NORMS else []


def by_paddle(layer: nn.Layer, x: Tensor) -> Tensor:
    """Return what the layer returns, without a change to the running statistics of a batch normalization."""
    if type(layer) not in NORMS:
        return layer(x)
    return functional.batch_norm(
        x,
        layer._mean.clone(),
        layer._variance.clone(),
        layer.weight,
        layer.bias,
        training=layer.training,
        epsilon=layer._epsilon,
        data_format=layer._data_format,
        use_global_stats=layer._use_global_stats,
    )


def _convolution(layer: Any, data_format: str) -> ConvolutionLayer | None:
    if layer._padding_mode != "zeros" or layer._data_format != data_format:
        return None
    return ConvolutionLayer(
        axes=len(data_format) - 2,
        weight=tuple(layer.weight.shape),
        stride=tuple(layer._stride),
        padding=tuple(layer._updated_padding),
        algorithm=layer._padding_algorithm,
        dilation=tuple(layer._dilation),
        groups=layer._groups,
        bias=layer.bias is not None,
    )


def _norm(layer: Any, data_format: str) -> BatchNormLayer | None:
    if layer._data_format != data_format:
        return None
    given = layer._use_global_stats
    return BatchNormLayer(
        axes=len(data_format) - 2,
        epsilon=float(layer._epsilon),
        momentum=float(layer._momentum),
        scale=layer.weight is not None,
        shift=layer.bias is not None,
        fixed=bool(not layer.training if given is None else given),
    )


def _pool(layer: Any, kind: str, data_format: str) -> PoolLayer | None:
    axes = len(data_format) - 2
    if layer.data_format != data_format:
        return None
    kernel = convert_to_list(layer.ksize, axes, "pool_size")
    stride = kernel if layer.stride is None else convert_to_list(layer.stride, axes, "pool_stride")
    padding, algorithm = pooling._update_padding_nd(layer.padding, axes, ceil_mode=layer.ceil_mode)
    return PoolLayer(axes, kind, tuple(kernel), tuple(stride), tuple(padding), layer.ceil_mode, algorithm)
