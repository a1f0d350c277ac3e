"""Views of test-time augmentation: the digit a pixel to each side."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit import View


def shift(batch: np.ndarray, down: int, right: int) -> np.ndarray:
    """Move pictures (N, 1, 28, 28) by whole pixels; the uncovered border is paper (0)."""
    height, width = batch.shape[-2:]
    moved = np.zeros_like(batch)
    to_rows, to_columns = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
    from_rows, from_columns = slice(max(-down, 0), height - max(down, 0)), slice(max(-right, 0), width - max(right, 0))
    moved[..., to_rows, to_columns] = batch[..., from_rows, from_columns]
    return moved


VIEWS = tuple(
    View(name, partial(shift, down=down, right=right))
    for name, down, right in (("up", -1, 0), ("down", 1, 0), ("left", 0, -1), ("right", 0, 1))
)
