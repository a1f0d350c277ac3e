"""The eight ways to lay down a square, on the last two axes of a batch (N, C, H, W) or of its predictions (N, h, w)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kit import View

Turn = Callable[[np.ndarray], np.ndarray]


def mirrored(batch: np.ndarray) -> np.ndarray:
    """Mirror left to right."""
    return batch[..., ::-1]


def upside_down(batch: np.ndarray) -> np.ndarray:
    """Mirror top to bottom."""
    return batch[..., ::-1, :]


def half_turned(batch: np.ndarray) -> np.ndarray:
    """Turn by 180 degrees."""
    return batch[..., ::-1, ::-1]


def transposed(batch: np.ndarray) -> np.ndarray:
    """Swap rows and columns."""
    return batch.swapaxes(-1, -2)


def turned_left(batch: np.ndarray) -> np.ndarray:
    """Turn by 90 degrees against the clock."""
    return np.rot90(batch, 1, (-2, -1))


def turned_right(batch: np.ndarray) -> np.ndarray:
    """Turn by 90 degrees with the clock."""
    return np.rot90(batch, -1, (-2, -1))


def antitransposed(batch: np.ndarray) -> np.ndarray:
    """Swap rows and columns and turn by 180 degrees."""
    return batch.swapaxes(-1, -2)[..., ::-1, ::-1]


VIEWS = (
    View("left to right", mirrored, mirrored),
    View("upside down", upside_down, upside_down),
    View("turned by 180 degrees", half_turned, half_turned),
    View("rows and columns swapped", transposed, transposed),
    View("turned left", turned_left, turned_right),
    View("turned right", turned_right, turned_left),
    View("swapped and turned", antitransposed, antitransposed),
)
