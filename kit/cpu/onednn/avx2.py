"""Where oneDNN's first choice is not its fastest code, on processors with AVX2 and without AVX512.

oneDNN prefers its channels-last code to its blocked code: a first layer's forward pass takes 3.0 ms by the former and
1.3 by the latter (128x1x28x28, 32 kernels of 5x5), that of a narrow volume 9.2 and 6.1 (64x16x8x8x8, 32 kernels of
3x3x3); elsewhere the preference is right or makes no difference to a training step. And its blocked code for a volume's
weight gradient knows no padding along the depth, so that padded volumes are left to matrix products at a third of the
speed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from kit.cpu.onednn import library
from kit.cpu.onednn.primitive import Layout, blocked, plain

if TYPE_CHECKING:
    from kit.cpu.onednn.convolution import Geometry

BLOCK = 8
MOST_CHANNELS = 16
"""A volume's input channels above which channels-last code is as fast or faster."""


@cache
def alone() -> bool:
    """Tell whether oneDNN computes with AVX2 and not with AVX512 here."""
    return library.has(library.AVX2) and not library.has(library.AVX512)


def layouts(geometry: Geometry) -> tuple[Layout, Layout] | None:
    """Return the layouts of x and y to compute a forward pass in, None where oneDNN's own choice is as good."""
    channels = geometry.x[1]
    if not alone() or geometry.transposed or geometry.groups > 1 or geometry.y[1] % BLOCK:
        return None
    if channels < BLOCK:
        return plain(geometry.x), blocked(geometry.y)
    volume = len(geometry.x) == 5 and max(geometry.stride) == 1
    if not volume or channels % BLOCK or channels > MOST_CHANNELS:
        return None
    return blocked(geometry.x), blocked(geometry.y)


def wants_depth(geometry: Geometry, implementation: str) -> bool:
    """Tell whether a volume's weight gradient fell to matrix products for its padding along the depth."""
    padded = len(geometry.x) == 5 and geometry.before[0] + geometry.after[0] > 0
    return alone() and padded and not geometry.transposed and generic(implementation)


def generic(implementation: str) -> bool:
    """Tell whether this is oneDNN's name of a convolution by matrix products."""
    return "gemm" in implementation
