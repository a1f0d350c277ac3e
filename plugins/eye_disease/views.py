"""Mirrored views of a batch of photographs (N, 3, S, S) for test-time augmentation."""

from __future__ import annotations

import numpy as np


def left_to_right(batch: np.ndarray) -> np.ndarray:
    """Mirror as a left eye mirrors a right one."""
    return batch[..., ::-1]


def upside_down(batch: np.ndarray) -> np.ndarray:
    """Mirror top to bottom."""
    return batch[..., ::-1, :]


def turned(batch: np.ndarray) -> np.ndarray:
    """Rotate by 180 degrees."""
    return batch[..., ::-1, ::-1]
