"""The geometry of a voxel grid: world coordinates (x, y, z in mm) to voxel indices (z, y, x) and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Triple = tuple[float, ...]


@dataclass(frozen=True)
class Grid:
    """A voxel grid. Its fields are in the order x, y, z; arrays over the grid are in the order z, y, x.

    ``direction`` holds ITK's 3 x 3 matrix row by row: its columns are the voxel axes in the world. Axes may be flipped
    or oblique; the widespread ``abs(world - origin) / spacing`` is wrong for both.
    """

    size: tuple[int, int, int]
    origin: Triple
    spacing: Triple
    direction: Triple = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of an array over the grid: z, y, x."""
        return self.size[2], self.size[1], self.size[0]

    def _matrix(self) -> np.ndarray:
        return np.asarray(np.reshape(self.direction, (3, 3)) * np.asarray(self.spacing))

    def voxels(self, world: np.ndarray) -> np.ndarray:
        """Convert world coordinates (..., 3; x, y, z) to voxel indices (..., 3; z, y, x), not rounded."""
        xyz = (np.asarray(world, float) - self.origin) @ np.linalg.inv(self._matrix()).T
        return np.asarray(xyz[..., ::-1])

    def world(self, voxels: np.ndarray) -> np.ndarray:
        """Convert voxel indices (..., 3; z, y, x) to world coordinates (..., 3; x, y, z)."""
        return np.asarray(np.asarray(voxels, float)[..., ::-1] @ self._matrix().T + self.origin)

    def contains(self, world: np.ndarray, margin: float = 0.5) -> np.ndarray:
        """Return which points (..., 3; x, y, z) lie at most ``margin`` voxels beyond the outer voxels' centres."""
        voxels = self.voxels(world)
        return np.asarray(((voxels >= -margin) & (voxels <= np.asarray(self.shape) - 1 + margin)).all(axis=-1))

    def isotropic(self, spacing: float) -> Grid:
        """Return a grid of this spacing over the whole volume whose axes are the world's."""
        corners = self.world(np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T)
        low, high = corners.min(axis=0), corners.max(axis=0)
        size = np.floor((high - low) / spacing + 1e-6).astype(int) + 1
        return Grid((int(size[0]), int(size[1]), int(size[2])), tuple(map(float, low)), (spacing,) * 3)


def nodule_mask(grid: Grid, sphere: np.ndarray) -> np.ndarray:
    """Return the voxels of a nodule (x, y, z, diameter in mm) as a bool array over the grid.

    A voxel belongs to the nodule when its centre lies within the *radius*. (The code of
    《使用腾讯云GPU学习深度学习》系列之四 compares with the diameter, which gives eight times the volume.) The
    voxel nearest to the centre always belongs to it, so that a nodule between two slices is not lost.
    """
    mask = np.zeros(grid.shape, bool)
    centre, radius = grid.voxels(sphere[:3]), sphere[3] / 2
    reach = radius / min(grid.spacing) + 1
    low = np.clip(np.floor(centre - reach), 0, grid.shape).astype(int)
    high = np.clip(np.ceil(centre + reach) + 1, low, grid.shape).astype(int)
    box = np.stack(np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), axis=-1)
    distance = np.linalg.norm(grid.world(box) - sphere[:3], axis=-1)
    mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = distance <= radius
    nearest = np.round(centre).astype(int)
    if (nearest >= 0).all() and (nearest < grid.shape).all():
        mask[tuple(nearest)] = True
    return mask
