"""Rotations and reflections of the last two axes of a batch (N, C, H, W) or of predictions (N, h, w)."""

from __future__ import annotations

import numpy as np

from kit import View


def flipped_horizontally(batch: np.ndarray) -> np.ndarray:
    """Flip left to right."""
    return batch[..., ::-1]


def flipped_vertically(batch: np.ndarray) -> np.ndarray:
    """Flip top to bottom."""
    return batch[..., ::-1, :]


def rotated_180(batch: np.ndarray) -> np.ndarray:
    """Rotate by 180 degrees."""
    return batch[..., ::-1, ::-1]


def transposed(batch: np.ndarray) -> np.ndarray:
    """Transpose rows and columns."""
    return batch.swapaxes(-1, -2)


def rotated_left(batch: np.ndarray) -> np.ndarray:
    """Rotate by 90 degrees counterclockwise."""
    return np.rot90(batch, 1, (-2, -1))


def rotated_right(batch: np.ndarray) -> np.ndarray:
    """Rotate by 90 degrees clockwise."""
    return np.rot90(batch, -1, (-2, -1))


def antitransposed(batch: np.ndarray) -> np.ndarray:
    """Transpose and rotate by 180 degrees."""
    return batch.swapaxes(-1, -2)[..., ::-1, ::-1]


VIEWS = (
    View("flipped left to right", flipped_horizontally, flipped_horizontally),
    View("flipped top to bottom", flipped_vertically, flipped_vertically),
    View("rotated by 180 degrees", rotated_180, rotated_180),
    View("transposed", transposed, transposed),
    View("rotated left", rotated_left, rotated_right),
    View("rotated right", rotated_right, rotated_left),
    View("transposed and rotated by 180 degrees", antitransposed, antitransposed),
)
