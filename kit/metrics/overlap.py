"""Overlap of masks, from their areas: pool the areas over images for one figure, or score each image by itself."""

from __future__ import annotations

from typing import Any

import numpy as np


def dice(area_true: Any, area_pred: Any, intersection: Any) -> Any:
    """Compute ``2 |A and B| / (|A| + |B|)``, which is the F1 of pixels; an empty mask against an empty one is 1.

    Areas are numbers, or arrays of one shape for a figure each.

    >>> dice(10, 6, 4)
    0.5
    >>> dice([10, 0], [6, 0], [4, 0]).tolist()
    [0.5, 1.0]
    """
    true, pred, both = _areas(area_true, area_pred, intersection)
    return _ratio(2 * both, true + pred)


def iou(area_true: Any, area_pred: Any, intersection: Any) -> Any:
    """Compute ``|A and B| / |A or B|``; an empty mask against an empty one is 1.

    >>> iou(10, 6, 4)
    0.3333333333333333
    """
    true, pred, both = _areas(area_true, area_pred, intersection)
    return _ratio(both, true + pred - both)


def _areas(*values: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    true, pred, both = (np.asarray(value, dtype=np.float64) for value in values)
    if not true.shape == pred.shape == both.shape:
        raise ValueError(f"the areas must have one shape, not {true.shape}, {pred.shape} and {both.shape}")
    if not all(np.isfinite(area).all() and (area >= 0).all() for area in (true, pred, both)):
        raise ValueError("areas must be finite and not negative")
    if (both > np.minimum(true, pred)).any():
        raise ValueError("an intersection is larger than one of its masks")
    return true, pred, both


def _ratio(part: np.ndarray, whole: np.ndarray) -> Any:
    ratio = np.where(whole > 0, part / np.where(whole > 0, whole, 1), 1.0)
    return ratio if ratio.ndim else float(ratio)
