"""Point clouds and volumes: a scan made solid, rotated, disturbed, and turned into 16x16x16 voxels."""

from __future__ import annotations

import numpy as np

from .config import SIDE

DEPTH = 0.3
"""Thickness of a solid digit, whose longest side is 1."""
SPACING = 0.0125
"""Distance of neighbouring points on a surface."""
INK = 128
"""Pixels from this value on, of 255, are part of the solid."""


def solid(scan: np.ndarray) -> np.ndarray:
    """The surface of a scan, uint8 (H, W), extruded to a solid, as points (N, 3) with mean 0 and longest side 1.

    Axes are x (the thickness), y (to the right) and z (up), as in the contest's clouds.
    """
    inked = np.pad(scan >= INK, 1)
    rows, columns = np.nonzero(inked)
    pixel = 1 / max(np.ptp(rows) + 1, np.ptp(columns) + 1)
    steps = (np.arange(max(1, round(pixel / SPACING))) + 0.5) * pixel / max(1, round(pixel / SPACING))
    depths = (np.arange(round(DEPTH / SPACING)) + 0.5) * SPACING
    patch = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)  # points on a pixel
    corners = np.stack([columns, -rows - 1], 1) * pixel  # lower left, (y, z)
    front = (corners[:, None] + patch).reshape(-1, 2)
    faces = [np.column_stack([np.full(len(front), side), front]) for side in (0.0, DEPTH)]
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        edge = corners[~inked[rows + down, columns + right]]
        faces.append(_sides(edge, down, right, pixel, steps, depths))
    points = np.concatenate(faces)
    return np.asarray(points - points.mean(axis=0))


def _sides(edge: np.ndarray, down: int, right: int, pixel: float, steps: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Points on the sides of the pixels whose neighbour in this direction has no ink."""
    along = np.stack([steps, np.full(len(steps), (1 - down) / 2 * pixel)], 1)
    if right:
        along = np.stack([np.full(len(steps), (1 + right) / 2 * pixel), steps], 1)
    line = (edge[:, None] + along).reshape(-1, 2)
    x = np.repeat(depths, len(line))
    return np.column_stack([x, np.tile(line, (len(depths), 1))])


def rotation(angles: np.ndarray) -> np.ndarray:
    """The matrix (3, 3) that rotates about x, then y, then z by these angles in radians."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def voxels(points: np.ndarray) -> np.ndarray:
    """The occupied voxels of points (N, 3), float32 (16, 16, 16) of 0 and 1 in the order z, y, x.

    The grid is a cube round the points' middle whose side is their longest.
    """
    x, y, z = points.T.copy()  # a column in one piece is reduced faster
    low, high = np.array([x.min(), y.min(), z.min()]), np.array([x.max(), y.max(), z.max()])
    side = max(float((high - low).max()), 1e-9)
    cells = np.floor((points - (low + high - side) / 2) * (SIDE / side)).astype(np.int64)
    x, y, z = np.clip(cells, 0, SIDE - 1).T
    volume = np.zeros((SIDE, SIDE, SIDE), np.float32)
    volume[z, y, x] = 1
    return volume
