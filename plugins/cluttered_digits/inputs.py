"""Images as model inputs, with random affine maps in training."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from kit import Sample
from kit.blocks.augment import affine

from .config import SIDE, ClutterConfig


def example(sample: Sample, rng: np.random.Generator | None, config: ClutterConfig) -> tuple[np.ndarray, Any]:
    """Return the image as float32 (1, 40, 40) from 0 to 1 and its label; in training, transform it at random."""
    image = sample.x
    if rng is not None and config.augment:
        image = cv2.warpAffine(image, random_map(rng, config), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return np.ascontiguousarray(image, np.float32)[None], sample.y


def random_map(rng: np.random.Generator, config: ClutterConfig) -> np.ndarray:
    """Draw one affine map (2, 3): zoom, shear and rotate about the centre, then shift. There is no flip."""
    limits = {"rotation": config.rotation, "zoom": config.zoom, "shear": config.shear}
    return affine(rng, SIDE, **limits, shift=config.shift)


def picture(sample: Sample) -> np.ndarray:
    """Return the image for the report, uint8 (40, 40)."""
    return np.asarray(np.rint(255 * sample.x), np.uint8)
