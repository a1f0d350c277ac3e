"""Probabilities to masks and rows, by a declared rule: a threshold, then small objects and small holes go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from kit import Row, Sample

from .label import whole_mask
from .rle import encode, to_text
from .slide import open_slide

THRESHOLD = 0.5
NO_RULE = {"threshold": THRESHOLD, "smallest_object": 0, "smallest_hole": 0}


def cleaned(mask: np.ndarray, smallest_object: float, smallest_hole: float) -> np.ndarray:
    """Remove objects and fill holes of less than so many pixels; bool (h, w). Diagonal neighbours belong together in
    objects, not in holes; what touches the edge may go on beyond it and is no hole."""
    mask = _without_small(mask, smallest_object, 8)
    if smallest_hole < 1:
        return mask
    return ~_without_small(~mask, smallest_hole, 4, keep_edge=True)


def _without_small(mask: np.ndarray, smallest: float, neighbours: int, *, keep_edge: bool = False) -> np.ndarray:
    if smallest < 1 or not mask.any():
        return mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=neighbours)
    keep = stats[:, cv2.CC_STAT_AREA] >= smallest
    if keep_edge:
        x, y, wide, high = stats[:, :4].T
        keep |= (x == 0) | (y == 0) | (x + wide == mask.shape[1]) | (y + high == mask.shape[0])
    keep[0] = False
    return np.asarray(keep[labels])


def source_mask(prediction: np.ndarray, height: int, width: int, tuned: Mapping[str, Any]) -> np.ndarray:
    """Turn a prediction (h, w) into a mask at the slide's size: bool (height, width).

    ``smallest_object`` and ``smallest_hole`` are areas in pixels of the slide.
    """
    rule = {**NO_RULE, **tuned}
    scale = cell_area(prediction.shape, height, width)
    mask = prediction >= rule["threshold"]
    mask = cleaned(mask, rule["smallest_object"] / scale, rule["smallest_hole"] / scale)
    if mask.shape == (height, width):
        return mask
    factor = _factor(prediction.shape, height, width)
    large = (mask.shape[1] * factor, mask.shape[0] * factor)  # the last cells may reach beyond the slide
    grown = cv2.resize(mask.astype(np.uint8) * 255, large, interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown[:height, :width] >= 128)


def _factor(shape: tuple[int, ...], height: int, width: int) -> int:
    return max(-(-height // shape[0]), -(-width // shape[1]))


def cell_area(shape: tuple[int, ...], height: int, width: int) -> int:
    """Pixels of the slide under one of the prediction's."""
    return _factor(shape, height, width) ** 2


def masks(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield ``NAME.region.png`` with its mask, 0 and 255, at the slide's size; the published notebook names it so."""
    for sample, mask in _masks(samples, predictions, tuned):
        yield f"{sample.id}.region.png", mask.astype(np.uint8) * 255


def rows(samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the name of each slide with its mask, run-length encoded."""
    for sample, mask in _masks(samples, predictions, tuned):
        yield sample.id, to_text(encode(mask))


def truth(samples: Sequence[Sample]) -> Iterator[Row]:
    """Yield the rows of a perfect submission for labelled slides."""
    for sample in samples:
        yield sample.id, to_text(encode(whole_mask(sample.y, open_slide(str(sample.x)))))


def _masks(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[Sample, np.ndarray]]:
    for sample, prediction in zip(samples, predictions, strict=True):
        slide = open_slide(str(sample.x))
        yield sample, source_mask(np.asarray(prediction), slide.height, slide.width, tuned)
