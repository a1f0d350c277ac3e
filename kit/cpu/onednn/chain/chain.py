"""A chain: stages compiled for one shape of its input, and the operation of Paddle's graph that runs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise

from paddle import Tensor

from kit.cpu.onednn import shapes
from kit.cpu.onednn.cache import LRUCache
from kit.cpu.onednn.chain import differentiable
from kit.cpu.onednn.chain.batch_norm import BatchNormStage
from kit.cpu.onednn.chain.folded import FoldedStage
from kit.cpu.onednn.chain.layers import (
    BatchNormLayer,
    ConvolutionLayer,
    DescribedLayer,
    Description,
    PoolLayer,
    parameters,
    running_statistics,
)
from kit.cpu.onednn.chain.stages import ConvolutionStage, EltwiseStage, LayerTensors, PoolStage, Stage
from kit.cpu.onednn.eltwise import Eltwise
from kit.cpu.onednn.library import Unsupported
from kit.cpu.onednn.memory import MemoryLayout, plain_layout
from kit.cpu.onednn.primitive import Reorder


@dataclass(frozen=True)
class Group:
    """The layers ``start`` to ``stop`` of a row, which one stage computes: ``first``, and what is done in its pass."""

    start: int
    stop: int
    first: Description
    norm: BatchNormLayer | None
    relu: Eltwise | None


def groups(row: Sequence[Description]) -> Iterator[Group]:
    """Group the layers of a row.

    A convolution takes the normalization after it if its statistics are fixed, and the ReLU after that; a
    normalization takes a ReLU without a limit.
    """
    start = 0
    while start < len(row):
        first, stop = row[start], start + 1
        norm, relu = None, None
        after = row[stop] if stop < len(row) else None
        if isinstance(first, ConvolutionLayer) and isinstance(after, BatchNormLayer) and after.fixed:
            norm, stop = after, stop + 1
            after = row[stop] if stop < len(row) else None
        if isinstance(after, Eltwise) and _takes(first, after):
            relu, stop = after, stop + 1
        yield Group(start, stop, first, norm, relu)
        start = stop


def _takes(layer: Description, relu: Eltwise) -> bool:
    return isinstance(layer, ConvolutionLayer) or (isinstance(layer, BatchNormLayer) and relu.limit is None)


class Chain:
    """The stages of consecutive layers, for an input of ``shape`` (N, C, ...).

    ``y`` is the shape of the output. Raises Unsupported where oneDNN cannot compute a layer.
    """

    def __init__(self, shape: tuple[int, ...], row: Sequence[Description], training: bool) -> None:
        self.groups, self.y = list(groups(row)), shape
        self.stages: list[Stage] = []
        first = layout = plain_layout(shape)
        for group in self.groups:
            stage, self.y = _stage(group, self.y, layout, training)
            self.stages.append(stage)
            layout = stage.y
        last = plain_layout(self.y)
        self.restore_y = Reorder(layout, last)
        if training:
            gradient = last
            for stage in reversed(self.stages):
                gradient = stage.prepare(gradient)
            self.restore_x = Reorder(gradient, first)


CHAINS: LRUCache[Chain] = LRUCache(64)


def _stage(group: Group, shape: tuple[int, ...], x: MemoryLayout, training: bool) -> tuple[Stage, tuple[int, ...]]:
    """Return a group's stage and the shape of its output."""
    layer = group.first
    if isinstance(layer, Eltwise):
        return EltwiseStage(x, layer), shape
    if len(shape) != layer.axes + 2:
        raise Unsupported("its sizes do not fit")
    if isinstance(layer, BatchNormLayer):
        return BatchNormStage(layer, shape, x, group.relu is not None, training), shape
    if isinstance(layer, PoolLayer):
        pool = layer.kernel, layer.stride, layer.padding, layer.ceiling, layer.algorithm
        window = shapes.pool(layer.kind, shape, *pool)
        return PoolStage(window, x), window.y
    steps = layer.stride, layer.padding, layer.algorithm, layer.dilation, layer.groups
    if group.norm is None:
        geometry = shapes.convolution(shape, layer.weight, *steps, layer.bias)
        return ConvolutionStage(geometry, x, group.relu), geometry.y
    geometry = shapes.convolution(shape, layer.weight, *steps, bias=True)
    return FoldedStage(ConvolutionStage(geometry, x, group.relu), group.norm, layer.bias), geometry.y


class ChainOperation:
    """One run of a chain as an operation of the graph; its inputs are x and the parameters of all layers in order."""

    def __init__(self, chain: Chain, row: Sequence[DescribedLayer]) -> None:
        self.chain, self.row = chain, row
        layers = [[layer for layer, _ in row[group.start : group.stop]] for group in chain.groups]
        self._running = [[tensor for layer in each for tensor in running_statistics(layer)] for each in layers]
        counts = [sum(len(parameters(layer)) for layer in each) for each in layers]
        self._own = [slice(start, end) for start, end in pairwise(accumulate(counts, initial=1))]
        self._inputs = 1 + sum(counts)

    def forward(self, x: Tensor, *given: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y, and the inputs and what each stage keeps."""
        inputs, y = (x, *given), x.contiguous()
        kept: list[Tensor] = []
        for stage, own in zip(self.chain.stages, self._tensors(inputs), strict=True):
            y, more = stage.forward(y, own)
            kept += more
        return self.chain.restore_y.to_shape(y, self.chain.y), (*inputs, *kept)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor | None]:
        """Return the gradients of x and of each parameter."""
        inputs, kept = saved[: self._inputs], saved[self._inputs :]
        found: list[Tensor | None] = [None] * self._inputs
        parts = zip(self.chain.stages, self._tensors(inputs), self._own, strict=True)
        for stage, own, mine in reversed(list(parts)):
            cut = len(kept) - stage.kept
            before = any(wanted[: mine.start])
            x_gradient, *found[mine] = stage.backward(kept[cut:], own, y_gradient, [before, *wanted[mine]])
            if x_gradient is None or not before:
                return found
            kept, y_gradient = kept[:cut], x_gradient
        found[0] = self.chain.restore_x.to_shape(y_gradient, inputs[0].shape)
        return found

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return the same gradients from the layers one by one, which can be differentiated again."""
        rest = iter(saved[1 : self._inputs])
        own = [list(islice(rest, len(parameters(layer)))) for layer, _ in self.row]
        return differentiable.gradients(self.row, own, saved[0], y_gradient)

    def _tensors(self, inputs: Sequence[Tensor]) -> list[LayerTensors]:
        return [
            LayerTensors(inputs[own], own_running) for own, own_running in zip(self._own, self._running, strict=True)
        ]


def compiled(shape: Sequence[int], row: Sequence[DescribedLayer], training: bool) -> Chain:
    """Return the chain of these layers for an input of this shape, compiled on the first call."""
    key = tuple(shape), tuple(description for _, description in row), training
    return CHAINS.get(key, lambda: Chain(*key))
