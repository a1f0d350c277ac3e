"""Views of test-time augmentation: mirrored, and moved by a pixel."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit import View


def mirror(batch: np.ndarray) -> np.ndarray:
    """Mirror images (N, 3, H, W) left to right."""
    return batch[..., ::-1]


def shift(batch: np.ndarray, pixels: int) -> np.ndarray:
    """Move images (N, 3, H, W) down and right by so many pixels; the border is reflected."""
    size = abs(pixels)
    padded = np.pad(batch, ((0, 0), (0, 0), (size, size), (size, size)), mode="reflect")
    start = size - pixels
    return padded[..., start : start + batch.shape[2], start : start + batch.shape[3]]


def shift_mirrored(batch: np.ndarray, pixels: int) -> np.ndarray:
    """Mirror images, then move them."""
    return shift(mirror(batch), pixels)


VIEWS = (
    View("mirrored", mirror),
    View("up left", partial(shift, pixels=-1)),
    View("down right", partial(shift, pixels=1)),
    View("mirrored, up left", partial(shift_mirrored, pixels=-1)),
    View("mirrored, down right", partial(shift_mirrored, pixels=1)),
)
