"""A chain: stages compiled for one shape of its input, and the operation of Paddle's graph that runs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise

from paddle import Tensor

from kit.cpu.onednn import shapes
from kit.cpu.onednn.cache import LRUCache
from kit.cpu.onednn.chain import differentiable
from kit.cpu.onednn.chain.batch_norm import BatchNormStage
from kit.cpu.onednn.chain.layers import (
    BatchNormLayer,
    ConvolutionLayer,
    DescribedLayer,
    Description,
    PoolLayer,
    parameters,
    running,
)
from kit.cpu.onednn.chain.stages import ConvolutionStage, EltwiseStage, LayerTensors, PoolStage, Stage
from kit.cpu.onednn.eltwise import Eltwise
from kit.cpu.onednn.library import Unsupported
from kit.cpu.onednn.memory import MemoryLayout, plain_layout
from kit.cpu.onednn.primitive import Reorder


class Chain:
    """The stages of layers in a row, for an input of ``shape`` (N, C, ...).

    ``stages`` maps the position of a layer to its stage; a ReLU that the stage before it computes has none. ``y`` is
    the shape of the output. Raises Unsupported where oneDNN cannot compute a layer.
    """

    def __init__(self, shape: tuple[int, ...], layers: Sequence[Description], training: bool) -> None:
        self.stages: dict[int, Stage] = {}
        self.y = shape
        first = layout = plain_layout(shape)
        for position, layer, relu in _with_relu(layers):
            stage, self.y = _stage(layer, relu, self.y, layout, training)
            self.stages[position], layout = stage, stage.y
        last = plain_layout(self.y)
        self.restore_y = Reorder(layout, last)
        if training:
            gradient = last
            for stage in reversed(self.stages.values()):
                gradient = stage.prepare(gradient)
            self.restore_x = Reorder(gradient, first)


CHAINS: LRUCache[Chain] = LRUCache(64)


def _with_relu(layers: Sequence[Description]) -> Iterator[tuple[int, Description, Eltwise | None]]:
    """Yield position, layer, and the ReLU behind it that is computed in the same pass and therefore left out.

    A convolution takes any, a batch normalization only one without a limit.
    """
    position = 0
    while position < len(layers):
        layer, after = layers[position], (*layers[position + 1 :], None)[0]
        relu = after if isinstance(after, Eltwise) and _takes(layer, after) else None
        yield position, layer, relu
        position += 1 if relu is None else 2


def _takes(layer: Description, relu: Eltwise) -> bool:
    return isinstance(layer, ConvolutionLayer) or (isinstance(layer, BatchNormLayer) and relu.limit is None)


def _stage(
    layer: Description, relu: Eltwise | None, shape: tuple[int, ...], x: MemoryLayout, training: bool
) -> tuple[Stage, tuple[int, ...]]:
    """Return a layer's stage and the shape of its output."""
    if isinstance(layer, Eltwise):
        return EltwiseStage(x, layer), shape
    if len(shape) != layer.axes + 2:
        raise Unsupported("its sizes do not fit")
    if isinstance(layer, BatchNormLayer):
        return BatchNormStage(layer, shape, x, relu is not None, training), shape
    if isinstance(layer, PoolLayer):
        pool = layer.kernel, layer.stride, layer.padding, layer.ceiling, layer.algorithm
        window = shapes.pool(layer.kind, shape, *pool)
        return PoolStage(window, x), window.y
    convolution = layer.stride, layer.padding, layer.algorithm, layer.dilation, layer.groups
    geometry = shapes.convolution(shape, layer.weight, *convolution, layer.bias)
    return ConvolutionStage(geometry, x, relu), geometry.y


class ChainOperation:
    """One run of a chain as an operation of the graph; its inputs are x and the parameters of all layers in order."""

    def __init__(self, chain: Chain, row: Sequence[DescribedLayer]) -> None:
        self.chain, self.row = chain, row
        self._running = [running(row[position][0]) for position in chain.stages]
        counts = [len(parameters(row[position][0])) for position in chain.stages]
        self._own = [slice(start, end) for start, end in pairwise(accumulate(counts, initial=1))]
        self._inputs = 1 + sum(counts)

    def forward(self, x: Tensor, *given: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return y, and the inputs and what each stage keeps."""
        inputs, y = (x, *given), x.contiguous()
        kept: list[Tensor] = []
        for stage, own in zip(self.chain.stages.values(), self._tensors(inputs), strict=True):
            y, more = stage.forward(y, own)
            kept += more
        return self.chain.restore_y.to_shape(y, self.chain.y), (*inputs, *kept)

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor | None]:
        """Return the gradients of x and of each parameter."""
        inputs, kept = saved[: self._inputs], saved[self._inputs :]
        found: list[Tensor | None] = [None] * self._inputs
        parts = zip(self.chain.stages.values(), self._tensors(inputs), self._own, strict=True)
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
