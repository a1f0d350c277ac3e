"""From probabilities to a mask at the slide's size: a threshold, then small objects and small holes are removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

THRESHOLD = 0.5
DEFAULTS = {"threshold": THRESHOLD, "smallest_object": 0, "smallest_hole": 0}


def full_size_mask(prediction: np.ndarray, height: int, width: int, tuned: Mapping[str, Any]) -> np.ndarray:
    """Convert a prediction (h, w) to a mask of the slide's size: bool (height, width).

    ``tuned`` has ``threshold``, and ``smallest_object`` and ``smallest_hole``, areas in pixels of the slide.
    """
    rule = {**DEFAULTS, **tuned}
    scale = cell_area(prediction.shape, height, width)
    mask = prediction >= rule["threshold"]
    mask = remove_small(mask, rule["smallest_object"] / scale, rule["smallest_hole"] / scale)
    if mask.shape == (height, width):
        return mask
    factor = _factor(prediction.shape, height, width)
    large = (mask.shape[1] * factor, mask.shape[0] * factor)  # the last cells may reach beyond the slide
    grown = cv2.resize(mask.astype(np.uint8) * 255, large, interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown[:height, :width] >= 128)


def remove_small(mask: np.ndarray, smallest_object: float, smallest_hole: float) -> np.ndarray:
    """Remove objects and fill holes with a smaller area: bool (h, w).

    Objects are connected through corners, holes are not. A hole that touches the edge may continue beyond it and stays.
    """
    mask = _without_small(mask, smallest_object, 8)
    if smallest_hole < 1:
        return mask
    return ~_without_small(~mask, smallest_hole, 4, keep_edge=True)


def _without_small(mask: np.ndarray, smallest: float, neighbours: int, *, keep_edge: bool = False) -> np.ndarray:
    if smallest < 1 or not mask.any():
        return mask
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=neighbours)
    keep = statistics[:, cv2.CC_STAT_AREA] >= smallest
    if keep_edge:
        x, y, wide, high = statistics[:, :4].T
        keep |= (x == 0) | (y == 0) | (x + wide == mask.shape[1]) | (y + high == mask.shape[0])
    keep[0] = False
    return np.asarray(keep[labels])


def cell_area(shape: tuple[int, ...], height: int, width: int) -> int:
    """Count the pixels of the slide under one cell of a prediction of this shape."""
    return _factor(shape, height, width) ** 2


def _factor(shape: tuple[int, ...], height: int, width: int) -> int:
    return max(-(-height // shape[0]), -(-width // shape[1]))
