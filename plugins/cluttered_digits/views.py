"""Views of test-time augmentation: the image moved by a pixel to each side."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit import View


def shift(batch: np.ndarray, down: int, right: int) -> np.ndarray:
    """Move images (N, 1, 40, 40) by at most a pixel along each axis; the uncovered border is 0."""
    padded = np.pad(batch, ((0, 0), (0, 0), (1, 1), (1, 1)))
    top, left = 1 - down, 1 - right
    return np.ascontiguousarray(padded[..., top : top + batch.shape[2], left : left + batch.shape[3]])


VIEWS = tuple(
    View(name, partial(shift, down=down, right=right))
    for name, down, right in (("up", -1, 0), ("down", 1, 0), ("left", 0, -1), ("right", 0, 1))
)
