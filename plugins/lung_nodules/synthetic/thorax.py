"""A synthetic scan under construction: its voxels, the depth inside the lung, and the lesions added so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .canvas import Canvas

OUTSIDE = -99.0
"""The depth in mm of points outside the volume."""


@dataclass(frozen=True)
class Thorax:
    """A synthetic scan. Points are (z, y, x) in mm from voxel 0; lesions are pairs of centre and diameter in mm."""

    canvas: Canvas
    depth: np.ndarray
    """Approximate distance in mm from the lung's border (z, y, x), positive inside the lung."""
    nodules: list[tuple[np.ndarray, float]] = field(default_factory=list)
    excluded: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Findings that the evaluation ignores; a diameter of -1 is unknown."""
    lookalikes: list[np.ndarray] = field(default_factory=list)
    vessels: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Points on vessels with the vessel's radius there."""

    def is_free(self, point: np.ndarray, radius: float) -> bool:
        """Return whether a lesion of this radius at this point would touch no other lesion."""
        others = [*self.nodules, *self.excluded, *((p, 6.0) for p in self.lookalikes)]
        return all(np.linalg.norm(point - other) > radius + diameter / 2 + 4 for other, diameter in others)


def depth_at(thorax: Thorax, point: np.ndarray) -> float:
    """Return the depth of a point inside the lung in mm; negative outside the lung."""
    index = np.round(point / thorax.canvas.spacing).astype(int)
    if (index < 0).any() or (index >= thorax.canvas.shape).any():
        return OUTSIDE
    return float(thorax.depth[tuple(index)])


def find_point(thorax: Thorax, low: float, high: float, radius: float, rng: np.random.Generator) -> np.ndarray | None:
    """Draw a free point with a depth between ``low`` and ``high`` mm, away from the first and last slices, or None."""
    voxels = np.flatnonzero((thorax.depth.ravel() >= low) & (thorax.depth.ravel() <= high))
    margin = min(radius + 2, thorax.canvas.extent[0] / 2 - 1)
    for voxel in voxels[rng.integers(0, len(voxels), 60)] if len(voxels) else []:
        point = np.array(np.unravel_index(voxel, thorax.canvas.shape)) * thorax.canvas.spacing
        point = point + rng.uniform(-0.5, 0.5, 3)
        if margin <= point[0] <= thorax.canvas.extent[0] - margin and thorax.is_free(point, radius):
            return np.asarray(point)
    return None
