"""A solid seen along the direction it was extruded along: the flat image of a digit, however the solid was rotated.

An extruded digit is flat, so the principal axis of its voxels with the smallest variance is the one it was extruded
along, and seen along that axis it shows the scan it was made from, up to a rotation within the plane and a mirroring,
which no view of a solid can undo. A narrow digit may be thinner across: of two axes whose variances are close, the one
with the less compact image shows the digit; the side of a solid is a full rectangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

PIXELS = 28
"""Side of the image in pixels."""
INNER = 24
"""The longest side of a digit on it."""
PARALLEL = 1e-6  # a direction along z has no "up" in its plane
FAINT = 0.2  # of the mean: less is not ink
CLOSE = 2.5  # two variances are close where one is less than this times the other
UPRIGHT = np.cos(np.deg2rad(5.0))  # a principal axis within 5 degrees of x: the solid was not rotated
CORNERS = np.array(list(product((-0.25, 0.25), repeat=3)))
"""Eight points of a voxel, from its centre."""


@dataclass(frozen=True)
class FlatView:
    """The image (28, 28) of a solid along the direction (3,) it was extruded along, and whether it was not rotated."""

    image: np.ndarray
    direction: np.ndarray
    upright: bool


def points_of(found: np.ndarray) -> np.ndarray:
    """Eight points (N, 3) of each occupied voxel of a volume (z, y, x), as x, y, z in voxels."""
    centres = np.argwhere(found > 0)[:, ::-1].astype(np.float64)
    return np.asarray((centres[:, None] + CORNERS).reshape(-1, 3))


def is_upright(axes: np.ndarray) -> bool:
    """Whether one of the principal axes (3, 3), in rows, is x, which the contest's solids are extruded along."""
    return bool(np.abs(axes[:, 0]).max() > UPRIGHT)


def principal_axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances (3,) along the principal axes of points (N, 3), ascending, and the axes (3, 3) in rows."""
    middle = np.ones(len(points)) @ points / len(points)
    variances, axes = np.linalg.eigh(points.T @ points / len(points) - np.outer(middle, middle))
    return variances, axes.T


def aligned(points: np.ndarray) -> np.ndarray:
    """Look at points (N, 3) along the direction that they were extruded along.

    Returns float32 (2, 28, 28): how many points lie behind each other, with mean 1 over the pixels that have any; and a
    constant channel, 1 where the solid was not rotated, else 0. The z axis points up where the direction allows it.
    """
    if not len(points):
        return np.zeros((2, PIXELS, PIXELS), np.float32)
    view = flat_view(points)
    return np.stack([view.image, np.full_like(view.image, view.upright)])


def flat_view(points: np.ndarray) -> FlatView:
    """Find the direction that points (N, 3), at least one, were extruded along, and look along it."""
    variances, axes = principal_axes(points)
    if is_upright(axes):
        axis = np.array([1.0, 0.0, 0.0])
        return FlatView(_seen_along(points, axis), axis, upright=True)
    likely = axes[:1] if variances[1] > CLOSE * variances[0] else axes[:2]
    views = [FlatView(_seen_along(points, axis), axis, upright=False) for axis in likely]
    return views[0] if len(views) == 1 else min(views, key=lambda view: _compactness(view.image))


def _compactness(image: np.ndarray) -> float:
    """The inked area over the spread of the ink, which no rotation of the image changes; a full rectangle has 12."""
    rows, columns = np.nonzero(image > FAINT)
    spread = rows.var() * columns.var() - np.mean((rows - rows.mean()) * (columns - columns.mean())) ** 2
    return float(len(rows) / np.sqrt(max(spread, 1e-9)))


def _seen_along(points: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The image (28, 28) of points (N, 3) seen along an axis."""
    axis = axis if axis[0] >= 0 else -axis
    up = np.array([0.0, 0.0, 1.0]) - axis[2] * axis
    length = float(np.linalg.norm(up))
    up = up / length if length > PARALLEL else np.array([-1.0, 0.0, 0.0])
    return _drawn(-(points @ up), points @ np.cross(up, axis))


def _drawn(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Draw points with bilinear weights; the longest side fills ``INNER`` pixels."""
    low, high = np.array([rows.min(), columns.min()]), np.array([rows.max(), columns.max()])
    scale = (INNER - 1) / max(float((high - low).max()), 1e-9)
    top, left = (PIXELS - 1) / 2 - (low + high) / 2 * scale
    rows, columns = rows * scale + top, columns * scale + left
    row, column = rows.astype(np.int64), columns.astype(np.int64)
    below, beside = rows - row, columns - column
    image = np.zeros(PIXELS * PIXELS)
    for down, across in product((0, 1), repeat=2):
        weights = (below if down else 1 - below) * (beside if across else 1 - beside)
        image += np.bincount((row + down) * PIXELS + column + across, weights, PIXELS * PIXELS)
    return np.asarray((image / image[image > 0].mean()).reshape(PIXELS, PIXELS), np.float32)
