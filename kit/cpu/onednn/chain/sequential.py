"""Compute the layers of a ``paddle.nn.Sequential`` in chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import paddle
from paddle import Tensor, nn

from kit.cpu.onednn import node
from kit.cpu.onednn.chain.chain import ChainOperation, compiled
from kit.cpu.onednn.chain.layers import ConvolutionLayer, DescribedLayer, describe, parameters
from kit.cpu.onednn.coverage import is_covered, with_fallback

FORWARD = nn.Sequential.forward
"""Paddle's own: a subclass with another one is called as it is."""


def call(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``Sequential.__call__`` that computes layers in chains; ``original`` is that of every layer."""

    def __call__(self: nn.Sequential, *inputs: Any, **named: Any) -> Any:  # noqa: N807 - it becomes that method
        usual = len(inputs) != 1 or named or not paddle.in_dynamic_mode() or not _plain(self)
        return original(self, *inputs, **named) if usual else run(self, inputs[0])

    return __call__


def run(layers: nn.Sequential, x: Any) -> Any:
    """Return what the layers return for x."""
    for part in _parts(layers):
        x = part(x) if isinstance(part, nn.Layer) else _run_chain(part, x)
    return x


def _plain(layer: nn.Layer) -> bool:
    """Return whether the layer is a Sequential without a forward pass or hooks of its own."""
    if not isinstance(layer, nn.Sequential) or type(layer).forward is not FORWARD or "forward" in vars(layer):
        return False
    return not layer._forward_pre_hooks and not layer._forward_post_hooks


def _parts(layers: nn.Sequential) -> Iterator[nn.Layer | list[DescribedLayer]]:
    """Yield the layers in order: as lists those that make a chain, and the others one by one."""
    row: list[DescribedLayer] = []
    for layer in _leaves(layers):
        description = describe(layer)
        if description is not None:
            row.append((layer, description))
            continue
        yield from _chain_or_layers(row)
        row = []
        yield layer
    yield from _chain_or_layers(row)


def _leaves(layers: nn.Sequential) -> Iterator[nn.Layer]:
    """Yield the layers, those of a Sequential within it in its place."""
    for layer in layers._sub_layers.values():
        if _plain(layer):
            yield from _leaves(layer)
        else:
            yield layer


def _chain_or_layers(row: list[DescribedLayer]) -> Iterator[nn.Layer | list[DescribedLayer]]:
    """Yield the row, or its layers where a chain would save nothing: a single one, or none that is a convolution."""
    if len(row) > 1 and any(isinstance(description, ConvolutionLayer) for _, description in row):
        yield row
    else:
        yield from (layer for layer, _ in row)


def _run_chain(row: list[DescribedLayer], x: Any) -> Any:
    inputs = [x, *(tensor for layer, _ in row for tensor in parameters(layer))]

    def one_by_one() -> Any:
        y = x
        for layer, _ in row:
            y = layer(y)
        return y

    def chained() -> Tensor:
        training = paddle.is_grad_enabled() and not all(tensor.stop_gradient for tensor in inputs)
        return node.apply(ChainOperation(compiled(x.shape, row, training), row), *inputs)

    if not is_covered(*inputs):
        return one_by_one()
    return with_fallback("consecutive layers", chained, one_by_one)
