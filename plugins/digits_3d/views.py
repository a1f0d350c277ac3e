"""Views of test-time augmentation: the volume rotated a little about each axis, either way."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from kit import View

from .clouds import rotation
from .config import SIDE

ANGLE = 12.0  # degrees


def turn(batch: np.ndarray, axis: int, angle: float) -> np.ndarray:
    """Rotate volumes (N, C, 16, 16, 16) about x, y or z (0, 1, 2) by degrees; each voxel takes its nearest."""
    source, inside = _source(axis, angle)
    flat = batch.reshape(*batch.shape[:2], -1)
    return np.where(inside, flat[..., source], 0).astype(batch.dtype).reshape(batch.shape)


@cache
def _source(axis: int, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """For each voxel the one it takes its value from, and whether that is inside."""
    angles = np.zeros(3)
    angles[axis] = np.deg2rad(angle)
    middle = (SIDE - 1) / 2
    z, y, x = np.indices((SIDE, SIDE, SIDE)).reshape(3, -1) - middle
    back = np.rint(np.stack([x, y, z], 1) @ rotation(angles) + middle).astype(np.int64)
    inside = ((back >= 0) & (back < SIDE)).all(axis=1)
    column, row, layer = np.clip(back, 0, SIDE - 1).T
    return layer * SIDE * SIDE + row * SIDE + column, inside


VIEWS = tuple(
    View(f"{name} by {sign * ANGLE:+.0f} degrees", partial(turn, axis=axis, angle=sign * ANGLE))
    for axis, name in enumerate("xyz")
    for sign in (-1, 1)
)
