"""The sizes, strides and paddings that one convolution or pool is computed with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kit.cpu.onednn.memory import contiguous


def all_but_channels(ndim: int) -> tuple[int, ...]:
    """Return the axes of a tensor (N, C, ...) that a value per channel is summed over."""
    return 0, *range(2, ndim)


@dataclass(frozen=True)
class Geometry:
    """Everything that the primitives of a convolution depend on.

    Shapes: ``x`` (N, C, ...), ``y`` (N, O, ...), ``weight`` (O, C / groups, ...), or (C, O / groups, ...) when
    ``transposed``. ``before`` and ``after`` are the padding on each side. The other tuples have one number per spatial
    axis.
    """

    x: tuple[int, ...]
    weight: tuple[int, ...]
    y: tuple[int, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    bias: bool
    transposed: bool = False

    def weight_view(self) -> tuple[list[int], list[int]]:
        """Return the weight's dimensions as oneDNN orders them, ([G,] O, I, ...), and their strides in Paddle's memory.

        oneDNN gives groups an axis of their own and always puts outputs before inputs. Paddle stores the weight of a
        transposed convolution as (inputs, outputs / groups, ...), so there the two strides change places. No value is
        moved: only the description of the memory differs.
        """
        g, kernel, steps = self.groups, list(self.weight[2:]), contiguous(self.weight)
        if self.transposed:
            inputs, outputs = self.weight[0] // g, self.weight[1]
            dims, strides = [g, outputs, inputs, *kernel], [inputs * steps[0], steps[1], steps[0], *steps[2:]]
        else:
            outputs, inputs = self.weight[0] // g, self.weight[1]
            dims, strides = [g, outputs, inputs, *kernel], [outputs * steps[0], *steps]
        return (dims, strides) if g > 1 else (dims[1:], strides[1:])

    def depth_padded(self) -> Geometry:
        """Return the same convolution for an x that already contains the padding along its first spatial axis."""
        n, c, depth, *rest = self.x
        x = (n, c, self.before[0] + depth + self.after[0], *rest)
        return replace(self, x=x, before=(0, *self.before[1:]), after=(0, *self.after[1:]))


@dataclass(frozen=True)
class Window:
    """A pool's shapes, x (N, C, ...) and y (N, C, ...), and per spatial axis its kernel, stride and padding."""

    kind: str
    x: tuple[int, ...]
    y: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
