"""A scan in drawing: the volume, how deep in the lung a point lies, and what has been placed so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .canvas import Canvas


@dataclass
class Thorax:
    """A drawn scan. Points are (z, y, x) mm from voxel 0; ``nodules`` and ``excluded`` are (centre, diameter)."""

    canvas: Canvas
    depth: np.ndarray
    """Distance in mm from the lung's border (z, y, x), positive inside: an estimate good enough to place things by."""
    nodules: list[tuple[np.ndarray, float]] = field(default_factory=list)
    excluded: list[tuple[np.ndarray, float]] = field(default_factory=list)
    lookalikes: list[np.ndarray] = field(default_factory=list)
    vessels: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Points on vessels with the radius there."""

    def free(self, point: np.ndarray, radius: float) -> bool:
        """Whether a finding of this radius would touch no other one."""
        others = [*self.nodules, *self.excluded, *((p, 6.0) for p in self.lookalikes)]
        return all(np.linalg.norm(point - other) > radius + diameter / 2 + 4 for other, diameter in others)


def depth_at(thorax: Thorax, point: np.ndarray) -> float:
    """Tell how deep in the lung a point lies, mm; negative outside it."""
    index = np.round(point / thorax.canvas.spacing).astype(int)
    if (index < 0).any() or (index >= thorax.canvas.shape).any():
        return -99.0
    return float(thorax.depth[tuple(index)])


def place(thorax: Thorax, low: float, high: float, radius: float, rng: np.random.Generator) -> np.ndarray | None:
    """A free point whose depth in the lung lies between two bounds and which keeps off the volume's ends, or None."""
    rows = np.flatnonzero((thorax.depth.ravel() >= low) & (thorax.depth.ravel() <= high))
    margin = min(radius + 2, thorax.canvas.extent[0] / 2 - 1)
    for row in rows[rng.integers(0, len(rows), 60)] if len(rows) else []:
        point = np.array(np.unravel_index(row, thorax.canvas.shape)) * thorax.canvas.spacing
        point = point + rng.uniform(-0.5, 0.5, 3)
        if margin <= point[0] <= thorax.canvas.extent[0] - margin and thorax.free(point, radius):
            return np.asarray(point)
    return None
