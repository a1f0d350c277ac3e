"""Turn a sample into the network's input, with random affine maps in training."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from kit import Sample

from .config import DigitConfig

CENTRE = 13.5
SIDE = 28


def example(sample: Sample, rng: np.random.Generator | None, config: DigitConfig) -> tuple[np.ndarray, Any]:
    """Return the image as float32 (1, 28, 28) from 0 to 1 and its label; in training, transform it at random."""
    picture = sample.x
    if rng is not None and config.augment:
        picture = cv2.warpAffine(picture, affine(rng, config), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return (picture * np.float32(1 / 255))[None], sample.y


def affine(rng: np.random.Generator, config: DigitConfig) -> np.ndarray:
    """Draw one affine map (2, 3): zoom, shear and rotate about the centre, then shift.

    There is no flip: a mirrored 2 is not a 5.
    """
    angle, across, down, slant, right, below = rng.uniform(-1, 1, 6) * (
        np.deg2rad(config.rotation),
        config.zoom,
        config.zoom,
        config.shear,
        config.shift * SIDE,
        config.shift * SIDE,
    )
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[1 + across, slant], [0.0, 1 + down]])
    offset = np.array([CENTRE + right, CENTRE + below]) - linear @ (CENTRE, CENTRE)
    return np.column_stack([linear, offset])
