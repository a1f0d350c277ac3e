"""Photographs to model inputs: standardised, and in training moved, mirrored and lit differently each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kit import Sample

from .cache import cached
from .config import EyeConfig

# Near the mean and deviation of the real photographs within the disc; fixed, so that an input depends on itself alone.
MEAN, DEVIATION = 0.25, 0.22
LEVELS = np.arange(256, dtype=np.float32) / 255


def example(sample: Sample, rng: np.random.Generator | None, config: EyeConfig) -> tuple[np.ndarray, Any]:
    """Turn a sample into a model's input, float32 (3, S, S), and its label, float32 or None."""
    image = cached(Path(sample.x), config.image_size, config.illumination, sample.meta.get("sha256"))
    label = None if sample.y is None else np.float32(sample.y)
    if rng is None or not config.augment:
        return standardise(image, light_table()), label
    return standardise(moved(image, rng, config), light_table(rng, config.colour)), label


def standardise(image: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Map uint8 (S, S, 3) through a table (256, 3) to float32 (3, S, S)."""
    return np.stack([np.take(table[:, channel], image[..., channel]) for channel in range(3)])


def moved(image: np.ndarray, rng: np.random.Generator, config: EyeConfig) -> np.ndarray:
    """Mirror, turn, scale and shift an image (S, S, 3) in one resampling; what comes from outside is black.

    Mirroring left to right turns a left eye into a right one; upside down no eye is seen, but the label is the same.
    """
    side = image.shape[0]
    angle = np.deg2rad(rng.uniform(-config.rotation, config.rotation))
    scale = np.exp(rng.uniform(-config.zoom, config.zoom))
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    mirror = np.diag(rng.choice((-1.0, 1.0), 2))
    matrix = np.array([[cosine, -sine], [sine, cosine]]) @ mirror
    centre = np.full(2, (side - 1) / 2)
    offset = centre - matrix @ centre + side * rng.uniform(-config.shift, config.shift, 2)
    return np.asarray(cv2.warpAffine(image, np.column_stack([matrix, offset]), (side, side), flags=cv2.INTER_LINEAR))


def light_table(rng: np.random.Generator | None = None, strength: float = 0.0) -> np.ndarray:
    """The standardised value of each level in each channel, float32 (256, 3).

    With ``rng``, exposure, white balance, gamma and contrast vary by factors of up to e to the ``strength``. A table of
    256 levels costs far less than the same arithmetic on every pixel.
    """
    if rng is None:
        return np.repeat((LEVELS[:, None] - MEAN) / DEVIATION, 3, axis=1).astype(np.float32)
    exposure, gamma, contrast = np.exp(rng.uniform(-strength, strength, 3))
    balance = np.exp(rng.uniform(-strength, strength, 3) / 2)
    values: np.ndarray = (LEVELS[:, None] * exposure * balance) ** gamma  # (256, 3)
    return np.asarray((values - MEAN) * contrast / DEVIATION, np.float32)


def picture(sample: Sample) -> np.ndarray:
    """The photograph for the report: its disc, as it is lit, uint8 RGB (224, 224, 3)."""
    return cached(Path(sample.x), 224, 0.0, sample.meta.get("sha256"))
