"""A volume on which soft-edged shapes are painted in mm: the synthetic scans are drawn with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

EDGE = 0.9
"""Width in mm over which a painted shape fades into its surroundings, as a scanner's point spread does."""


@dataclass(frozen=True)
class Canvas:
    """HU (z, y, x) float32 with spacing in mm (z, y, x); positions are mm from the centre of voxel 0 in that order."""

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    hu: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hu", np.full(self.shape, -1000, np.float32))

    @property
    def extent(self) -> np.ndarray:
        """The position of the last voxel's centre (3,)."""
        return np.asarray((np.asarray(self.shape) - 1) * np.asarray(self.spacing))

    def box(self, low: np.ndarray, high: np.ndarray) -> tuple[tuple[slice, ...], tuple[np.ndarray, ...]]:
        """Return the voxels between two corners: slices into ``hu`` and three position arrays that broadcast."""
        step = np.asarray(self.spacing)
        first = np.clip(np.floor(np.asarray(low) / step), 0, self.shape).astype(int)
        last = np.clip(np.ceil(np.asarray(high) / step) + 1, first, self.shape).astype(int)
        slices = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
        return slices, np.meshgrid(
            *[np.arange(s.start, s.stop) * d for s, d in zip(slices, step, strict=True)], indexing="ij", sparse=True
        )

    def paint(self, slices: tuple[slice, ...], inside: np.ndarray, value: float, only_brighter: bool = True) -> None:
        """Blend ``value`` in where ``inside``, the signed distance in mm, is positive; by default only brighten."""
        alpha = np.clip(0.5 + inside / EDGE, 0, 1).astype(np.float32)
        old = self.hu[slices]
        new = old + alpha * (np.float32(value) - old)
        self.hu[slices] = np.maximum(old, new) if only_brighter else new

    def capsule(self, start: np.ndarray, end: np.ndarray, radius: float, value: float) -> None:
        """Paint a tube with round ends; ``start`` and ``end`` (3,) in mm, ``value`` in HU."""
        slices, position = self.box(np.minimum(start, end) - radius - 2, np.maximum(start, end) + radius + 2)
        if not all(s.stop > s.start for s in slices):
            return
        axis = end - start
        offset = [p - s for p, s in zip(position, start, strict=True)]
        along = sum(o * a for o, a in zip(offset, axis, strict=True)) / max(float(axis @ axis), 1e-6)
        along = np.clip(along, 0, 1)
        squared = sum((o - along * a) ** 2 for o, a in zip(offset, axis, strict=True))
        self.paint(slices, radius - np.sqrt(squared), value)

    def blob(
        self,
        centre: np.ndarray,
        radii: np.ndarray,
        rotation: np.ndarray,
        value: float,
        roughness: float,
        rng: np.random.Generator,
    ) -> None:
        """Paint an ellipsoid with radii (3,) in mm, rotated by ``rotation`` (3, 3).

        ``roughness`` is the depth of its dents as a fraction of the radius.
        """
        reach = float(max(radii)) * (1 + 2 * roughness) + 2
        slices, position = self.box(centre - reach, centre + reach)
        if not all(s.stop > s.start for s in slices):
            return
        offset = np.stack(np.broadcast_arrays(*[p - c for p, c in zip(position, centre, strict=True)]), axis=-1)
        local = offset @ rotation / radii
        norm = np.linalg.norm(local, axis=-1)
        # Bumps: a few random plane waves over the direction give every direction its own radius.
        waves, phases = rng.normal(0, 2.2, (3, 4)), rng.uniform(0, 2 * np.pi, 4)
        bumps = np.sin(local / np.maximum(norm, 1e-3)[..., None] @ waves + phases).mean(axis=-1)
        self.paint(slices, (1 + 2 * roughness * bumps - norm) * float(np.prod(radii)) ** (1 / 3), value)


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """Draw a rotation matrix (3, 3)."""
    matrix, triangle = np.linalg.qr(rng.normal(size=(3, 3)))
    return np.asarray(matrix * np.sign(np.diag(triangle)))
