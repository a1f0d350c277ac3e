"""Images as model inputs: decoded, and moved, mirrored and partly erased in training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kit import Sample, SampleError
from kit.blocks import augment
from kit.blocks.inputs import normalize
from kit.images import read_image

from .config import SIDE, CifarConfig


@dataclass(frozen=True)
class Unreadable:
    """An image that cannot be read; the error is raised when the sample is used."""

    error: SampleError


def decode(path: Path) -> np.ndarray:
    """Decode an image to uint8 RGB (32, 32, 3). Raises SampleError for a damaged file and for another size."""
    image = read_image(path)
    if image.shape[:2] != (SIDE, SIDE):
        found = f"{image.shape[1]} x {image.shape[0]} pixels"
        raise SampleError("the image has the wrong size", expected="32 x 32 pixels", found=found, where=path)
    return image


def example(sample: Sample, rng: np.random.Generator | None, config: CifarConfig) -> tuple[np.ndarray, Any]:
    """Return an image as RGB in 0..1, float32 (3, S, S), and its class number."""
    image = picture(sample)
    if rng is not None and config.augment:
        image = _vary(image, rng, config)
    if config.image_size != SIDE:
        image = cv2.resize(image, (config.image_size, config.image_size), interpolation=cv2.INTER_CUBIC)
    return normalize(image), sample.y


def picture(sample: Sample) -> np.ndarray:
    """Return the image for the report, uint8 (32, 32, 3). Raises SampleError for one that could not be read."""
    if isinstance(sample.x, Unreadable):
        raise sample.x.error
    return np.asarray(sample.x)


def _vary(image: np.ndarray, rng: np.random.Generator, config: CifarConfig) -> np.ndarray:
    """Move an image by whole pixels, the border reflected; mirror it half of the time; erase a square."""
    if config.shift:
        border = [(config.shift, config.shift)] * 2
        padded = np.pad(image, (*border, (0, 0)), mode="reflect")
        top, left = rng.integers(2 * config.shift + 1, size=2)
        image = padded[top : top + SIDE, left : left + SIDE]
    image = augment.flip(image, rng)
    if config.cutout:
        image = image.copy()
        top, left = rng.integers(SIDE - config.cutout + 1, size=2)
        image[top : top + config.cutout, left : left + config.cutout] = image.mean(axis=(0, 1))
    return np.ascontiguousarray(image)
