"""Turn a sample into the network's input, with random affine maps in training."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from kit import Sample
from kit.blocks.augment import affine

from .config import DigitConfig

SIDE = 28


def example(sample: Sample, rng: np.random.Generator | None, config: DigitConfig) -> tuple[np.ndarray, Any]:
    """Return the image as float32 (1, 28, 28) from 0 to 1 and its label; in training, transform it at random."""
    picture = sample.x
    if rng is not None and config.augment:
        picture = cv2.warpAffine(picture, random_map(rng, config), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return (picture * np.float32(1 / 255))[None], sample.y


def random_map(rng: np.random.Generator, config: DigitConfig) -> np.ndarray:
    """Draw one affine map (2, 3): zoom, shear and rotate about the centre, then shift. There is no flip."""
    limits = {"rotation": config.rotation, "zoom": config.zoom, "shear": config.shear}
    return affine(rng, SIDE, **limits, shift=config.shift * SIDE)
