"""Views of test-time augmentation: a rotated solid whose plane is turned by quarters and mirrored.

The plane of a solid that was rotated by any angle has no upper side and no front. One that was not rotated has them,
and is the same in every view.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from kit import View

from .alignment import PIXELS, is_upright, principal_axes
from .config import SIDE

EMPTY = 0.75
"""The red of matplotlib's "Oranges" is above this for an empty voxel."""


def turn(batch: np.ndarray, quarters: int, mirrored: bool) -> np.ndarray:
    """Turn each rotated solid of a batch by quarters about x, and mirror it.

    ``batch`` holds inputs of any model: images (N, 2, 28, 28), volumes (N, 1 or 3, 16, 16, 16), slices along x
    (N, 16, 16, 16) or vectors (N, 4096). Returns an array of the same shape.
    """
    inputs = batch.reshape(-1, SIDE, SIDE, SIDE) if batch.ndim == 2 else batch
    plane = (-2, -1) if batch.ndim == 4 else (-3, -2)
    rotated = np.array([not _is_upright(each) for each in batch], bool)
    turned = np.rot90(inputs[rotated], quarters, plane)
    result = inputs.copy()
    result[rotated] = np.flip(turned, plane[1]) if mirrored else turned
    return result.reshape(batch.shape)


def _is_upright(one: np.ndarray) -> bool:
    """Whether an input of one of the models shows a solid that was not rotated."""
    if one.shape[-1] == PIXELS:
        return bool(one[1, 0, 0] > 0)
    occupied = np.argwhere(_volume(one))[:, ::-1].astype(np.float64)
    return len(occupied) == 0 or is_upright(principal_axes(occupied)[1])


def _volume(one: np.ndarray) -> np.ndarray:
    """Which voxels are occupied, bool (16, 16, 16) in the order z, y, x."""
    if one.ndim == 3:
        return np.asarray(one.transpose(1, 2, 0) > 0)
    if one.ndim == 4 and len(one) > 1:
        return np.asarray(one[0] < EMPTY)
    return np.asarray(one.reshape(SIDE, SIDE, SIDE) > 0)


VIEWS = tuple(
    View(
        f"turned by {90 * quarters} degrees{', mirrored' * mirrored}",
        partial(turn, quarters=quarters, mirrored=mirrored),
    )
    for mirrored in (False, True)
    for quarters in range(4)
    if quarters or mirrored
)
