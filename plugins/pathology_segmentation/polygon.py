"""Rasterise outlines: a pixel is inside where the outline winds around its centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shape:
    """One element of an outline file: closed rings, each (P, 2) of x and y in pixels of the slide.

    A ring inside another ring of the same shape is a hole, as annotation tools draw it. With ``nonzero`` SVG's
    non-zero rule applies instead, by which the direction of the inner ring decides.
    """

    rings: tuple[np.ndarray, ...]
    nonzero: bool = False


def rasterise(shapes: Sequence[Shape], top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Fill shapes over a region of the slide: bool (bottom - top, right - left).

    A ring that crosses itself is filled wherever it winds around a pixel, because hand-drawn rings often cross where
    they close. The mask of a region equals the same region of the whole slide's mask.
    """
    mask = np.zeros((bottom - top, right - left), bool)
    for shape in shapes:
        filled = np.zeros_like(mask) if not shape.nonzero else np.zeros(mask.shape, np.int16)
        for ring in shape.rings:
            wound = _winding(ring - (left, top), *mask.shape)
            if wound is None:
                continue
            if shape.nonzero:
                filled += wound
            else:
                filled ^= wound != 0
        mask |= filled != 0
    return mask


def _winding(ring: np.ndarray, height: int, width: int) -> np.ndarray | None:
    """Compute the winding number of a ring around each pixel's centre, int16 (height, width); None if it is all 0.

    A scanline algorithm: each edge adds +1 or -1 (its direction) at the first pixel to the right of its crossing with
    the centre line of every row that it spans; the cumulative sum along a row is the winding number.
    """
    low, high = ring.min(axis=0), ring.max(axis=0)
    if high[1] < 0 or low[1] > height or low[0] > width or high[0] < 0:
        return None
    x, y = ring[:, 0], ring[:, 1]
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    # An edge crosses the centre line of row r where r + 0.5 lies in [lower end, upper end).
    first = np.clip(np.ceil(np.minimum(y, y2) - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(y, y2) - 0.5), 0, height).astype(np.int64)
    counts = last - first
    edges = np.repeat(np.arange(len(ring)), counts)
    rows = np.arange(len(edges)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edges]
    slope = (x2 - x)[edges] / (y2 - y)[edges]
    crossing = x[edges] + (rows + 0.5 - y[edges]) * slope
    columns = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)
    steps = np.zeros((height, width + 1), np.int16)
    np.add.at(steps, (rows, columns), np.where((y2 > y)[edges], 1, -1).astype(np.int16))
    return np.cumsum(steps[:, :width], axis=1, dtype=np.int16)


def inside_box(shapes: Sequence[Shape], height: int, width: int, slack: float) -> str | None:
    """Describe a point that lies more than ``slack`` pixels outside a slide, None if there is none."""
    for shape in shapes:
        for ring in shape.rings:
            beyond = (ring < -slack) | (ring > np.array([width, height]) + slack)
            if beyond.any():
                x, y = ring[beyond.any(axis=1)][0]
                return f"point {x:g},{y:g} of a slide of {width} x {height} pixels"
    return None
