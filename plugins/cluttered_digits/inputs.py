"""Images as model inputs, with random affine maps in training."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from kit import Sample

from .config import SIDE, ClutterConfig

CENTRE = (SIDE - 1) / 2


def example(sample: Sample, rng: np.random.Generator | None, config: ClutterConfig) -> tuple[np.ndarray, Any]:
    """Return the image as float32 (1, 40, 40) from 0 to 1 and its label; in training, transform it at random."""
    image = sample.x
    if rng is not None and config.augment:
        image = cv2.warpAffine(image, affine(rng, config), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return np.ascontiguousarray(image, np.float32)[None], sample.y


def affine(rng: np.random.Generator, config: ClutterConfig) -> np.ndarray:
    """Draw one affine map (2, 3): zoom, shear and rotate about the centre, then shift. There is no flip."""
    angle, across, down, slant, right, below = rng.uniform(-1, 1, 6) * (
        np.deg2rad(config.rotation),
        config.zoom,
        config.zoom,
        config.shear,
        config.shift,
        config.shift,
    )
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[1 + across, slant], [0.0, 1 + down]])
    offset = np.array([CENTRE + right, CENTRE + below]) - linear @ (CENTRE, CENTRE)
    return np.column_stack([linear, offset])


def picture(sample: Sample) -> np.ndarray:
    """Return the image for the report, uint8 (40, 40)."""
    return np.asarray(np.rint(255 * sample.x), np.uint8)
