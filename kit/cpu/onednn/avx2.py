"""Two corrections of oneDNN's choices on processors with AVX2 but without AVX512.

1. Forward passes. oneDNN prefers its channels-last code to its blocked code, also where the blocked code is faster: for
   a first layer (128x1x28x28, 32 kernels of 5x5) 1.3 ms against 3.0 ms, for a narrow volume (64x16x8x8x8, 32 kernels of
   3x3x3) 6.1 ms against 9.2 ms. Elsewhere its preference is right or makes no difference to a training step.
2. Weight gradients of volumes. oneDNN's blocked code does not support padding along the depth and falls back to matrix
   products, three times slower. Copying x into a padded tensor first avoids that.
"""

from __future__ import annotations

from functools import cache

from kit.cpu.onednn import library
from kit.cpu.onednn.geometry import Geometry
from kit.cpu.onednn.memory import MemoryLayout, blocked_layout, plain_layout

BLOCK = 8
MOST_CHANNELS = 16
"""Input channels of a volume above which the channels-last code is as fast or faster."""


@cache
def without_avx512() -> bool:
    """Return whether oneDNN computes with AVX2 and without AVX512 here."""
    return library.supports(library.AVX2) and not library.supports(library.AVX512)


def forward_layouts(geometry: Geometry) -> tuple[MemoryLayout, MemoryLayout] | None:
    """Return the layouts of x and y to compute a forward pass in; None where oneDNN's own choice is as good."""
    channels = geometry.x[1]
    if not without_avx512() or geometry.transposed or geometry.groups > 1 or geometry.y[1] % BLOCK:
        return None
    if channels < BLOCK:  # a first layer: x stays plain, since blocks of its few channels would be mostly padding
        return plain_layout(geometry.x), blocked_layout(geometry.y)
    volume = len(geometry.x) == 5 and max(geometry.stride) == 1
    if not volume or channels % BLOCK or channels > MOST_CHANNELS:
        return None
    return blocked_layout(geometry.x), blocked_layout(geometry.y)


def needs_depth_padding(geometry: Geometry, implementation: str) -> bool:
    """Return whether padding along the depth made a volume's weight gradient fall back to matrix products."""
    padded = len(geometry.x) == 5 and geometry.before[0] + geometry.after[0] > 0
    return without_avx512() and padded and not geometry.transposed and is_matrix_product(implementation)


def is_matrix_product(implementation: str) -> bool:
    """Return whether this is oneDNN's name of a convolution computed by matrix products."""
    return "gemm" in implementation
