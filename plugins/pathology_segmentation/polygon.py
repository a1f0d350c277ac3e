"""Rasterise outlines: a pixel is inside where the outline winds around its centre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

FillRule = Literal["nested", "nonzero", "evenodd"]
Box = tuple[int, int, int, int]
"""Top, bottom, left, right in pixels; bottom and right are exclusive."""

LARGEST_COORDINATE = 1e9
MOST_POINTS = 5_000_000
MOST_CROSSINGS = 200_000_000  # of edges with rows of pixels: some ten seconds
MOST_PIXELS = 5_000_000_000  # of all rings' bounding boxes on a small slide: some ten seconds
MOST_COVERS = 20  # times that they may cover a large slide
CHUNK = 4_000_000  # crossings computed at once


@dataclass(frozen=True)
class Shape:
    """One element of an outline file: closed rings, each (P, 2) of x and y in pixels of the slide.

    By the fill rule ``nested`` a ring inside another ring of the same shape is a hole, and a ring that crosses itself
    has no hole, because hand-drawn rings often cross where they close. ``nonzero`` and
    ``evenodd`` are SVG's rules. The shape is limited to each of its ``clips``, unions of shapes. A ``negative`` shape
    is removed from all others.
    """

    rings: tuple[np.ndarray, ...]
    fill_rule: FillRule = "nested"
    clips: tuple[tuple[Shape, ...], ...] = ()
    negative: bool = False

    @cached_property
    def bounds(self) -> np.ndarray:
        """The smallest and the largest x and y: float64 (2, 2)."""
        return _bounds(self.rings)


def rasterise(shapes: Sequence[Shape], top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Fill shapes over a region of the slide: bool (bottom - top, right - left).

    The mask of a region equals the same region of the whole slide's mask.
    """
    mask = np.zeros((bottom - top, right - left), bool)
    for shape in sorted(shapes, key=lambda shape: shape.negative):
        box = _intersection(_box(shape.bounds), (top, bottom, left, right))
        if box is None:
            continue
        region = mask[box[0] - top : box[1] - top, box[2] - left : box[3] - left]
        if shape.negative:
            region &= ~_filled(shape, box)
        else:
            region |= _filled(shape, box)
    return mask


def _filled(shape: Shape, box: Box) -> np.ndarray:
    """Fill one shape over a box: bool (height, width)."""
    wound = np.zeros((box[1] - box[0], box[3] - box[2]), np.int32)
    for ring in shape.rings:
        inner = _intersection(_box(_bounds([ring])), box)
        if inner is None:
            continue
        region = wound[inner[0] - box[0] : inner[1] - box[0], inner[2] - box[2] : inner[3] - box[2]]
        if shape.fill_rule == "nested":
            region ^= _winding(ring, inner) != 0
        else:
            region += _winding(ring, inner)
    filled = (wound & 1 if shape.fill_rule == "evenodd" else wound) != 0
    for clip in shape.clips:
        filled &= _union(clip, box)
    return np.asarray(filled)


def _union(shapes: Iterable[Shape], box: Box) -> np.ndarray:
    filled = np.zeros((box[1] - box[0], box[3] - box[2]), bool)
    for shape in shapes:
        filled |= _filled(shape, box)
    return filled


def _winding(ring: np.ndarray, box: Box) -> np.ndarray:
    """Compute the winding number of a ring around the centre of each pixel of a box, int32 (height, width).

    A scanline algorithm: each edge adds +1 or -1 (its direction) at the first pixel to the right of its crossing with
    the centre line of every row that it spans; the cumulative sum along a row is the winding number.
    """
    top, bottom, left, right = box
    height, width = bottom - top, right - left
    x, y = ring[:, 0], ring[:, 1]  # of the slide, so that rounding does not depend on the box
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    # An edge crosses the centre line of row r where r + 0.5 lies in [lower end, upper end).
    first = np.clip(np.ceil(np.minimum(y, y2) - 0.5), top, bottom).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(y, y2) - 0.5), top, bottom).astype(np.int64)
    steps = np.zeros((height, width + 1), np.int32)
    for part in _chunks(last - first):
        counts = (last - first)[part]
        edges = np.repeat(np.arange(part.start, part.stop), counts)
        rows = np.arange(len(edges)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edges]
        slope = (x2 - x)[edges] / (y2 - y)[edges]
        crossing = x[edges] + (rows + 0.5 - y[edges]) * slope
        columns = np.clip(np.ceil(crossing - 0.5), left, right).astype(np.int64)
        np.add.at(steps, (rows - top, columns - left), np.where((y2 > y)[edges], 1, -1).astype(np.int32))
    return np.cumsum(steps[:, :width], axis=1, dtype=np.int32)


def _chunks(counts: np.ndarray) -> Iterable[slice]:
    """Split edges so that few crossings are computed at once: memory stays bounded."""
    ends = np.searchsorted(np.cumsum(counts), np.arange(CHUNK, int(counts.sum()) + CHUNK, CHUNK), side="right")
    start = 0
    for end in [*ends.tolist(), len(counts)]:
        stop = min(max(end, start + 1), len(counts))
        if stop > start:
            yield slice(start, stop)
        start = stop


def _bounds(rings: Sequence[np.ndarray]) -> np.ndarray:
    low = np.min([ring.min(axis=0) for ring in rings], axis=0)
    high = np.max([ring.max(axis=0) for ring in rings], axis=0)
    return np.stack([low, high])


def _box(bounds: np.ndarray) -> Box:
    (x, y), (x2, y2) = bounds.tolist()
    return int(np.floor(y)), int(np.ceil(y2)), int(np.floor(x)), int(np.ceil(x2))


def _intersection(first: Box, second: Box) -> Box | None:
    top, left = max(first[0], second[0]), max(first[2], second[2])
    bottom, right = min(first[1], second[1]), min(first[3], second[3])
    return (top, bottom, left, right) if top < bottom and left < right else None


def check_shapes(shapes: Sequence[Shape], height: int, width: int, slack: float) -> str | None:
    """Describe a point that lies more than ``slack`` pixels outside a slide, None if there is none.

    Raises ValueError for coordinates that are not finite and for outlines that would take too long to fill.
    """
    _refuse_costly(shapes, height, width)
    limit = np.array([width, height]) + slack
    for shape in shapes:
        low, high = _clipped_bounds(shape)
        if (low >= -slack).all() and (high <= limit).all():
            continue
        for ring in shape.rings:
            beyond = ((ring < -slack) | (ring > limit)).any(axis=1)
            if beyond.any():
                x, y = ring[beyond][0]
                return f"point {x:g},{y:g} of a slide of {width} x {height} pixels"
    return None


def _clipped_bounds(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    low, high = shape.bounds
    for clip in shape.clips:
        bounds = [_clipped_bounds(part) for part in clip]
        if bounds:
            low = np.maximum(low, np.min([b[0] for b in bounds], axis=0))
            high = np.minimum(high, np.max([b[1] for b in bounds], axis=0))
    return low, high


def _refuse_costly(shapes: Sequence[Shape], height: int, width: int) -> None:
    points = crossings = pixels = 0.0
    for shape in _with_clips(shapes):
        for ring in shape.rings:
            if not np.isfinite(ring).all() or np.abs(ring).max() > LARGEST_COORDINATE:
                raise ValueError("a coordinate that is not finite")
            points += len(ring)
            y = np.clip(ring[:, 1], 0, height)
            crossings += float(np.abs(np.diff(y)).sum())
        (x, y1), (x2, y2) = np.clip(shape.bounds, 0, [width, height]).tolist()
        pixels += (x2 - x) * (y2 - y1) * len(shape.rings)
    if points > MOST_POINTS or crossings > MOST_CROSSINGS or pixels > max(MOST_PIXELS, MOST_COVERS * height * width):
        cost = f"{points:,.0f} points, {crossings:,.0f} crossings of rows of pixels, {pixels:,.0f} pixels"
        raise ValueError(f"too many outlines: {cost}")


def _with_clips(shapes: Iterable[Shape]) -> Iterable[Shape]:
    for shape in shapes:
        yield shape
        for clip in shape.clips:
            yield from _with_clips(clip)
