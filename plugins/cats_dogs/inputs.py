"""Photographs as model inputs: decoded, squared, and varied in training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kit import Sample, SampleError
from kit.blocks import augment
from kit.blocks.inputs import normalize
from kit.images import read_image

from .config import PhotographConfig

SMALLEST = 8  # pixels


def example(sample: Sample, rng: np.random.Generator | None, config: PhotographConfig) -> tuple[np.ndarray, Any]:
    """Return a photograph as RGB in 0..1, float32 (3, S, S), and its label as float32, or None."""
    image = decode(Path(sample.x))
    label = None if sample.y is None else np.float32(sample.y)
    if rng is not None and config.augment:
        strength = config.colour
        image = augment.color_jitter(
            _random_crop(image, rng, config), rng, brightness=strength, contrast=strength, saturation=strength
        )
    return to_input(image, config.image_size), label


def picture(sample: Sample) -> np.ndarray:
    """Return a photograph for the report, uint8 (H, W, 3) in RGB."""
    return decode(Path(sample.x))


def decode(path: Path) -> np.ndarray:
    """Decode a photograph to uint8 RGB (H, W, 3); grey ones become colour. Raises SampleError for a damaged file."""
    image = read_image(path)
    if min(image.shape[:2]) < SMALLEST:
        found = f"{image.shape[1]} x {image.shape[0]} pixels"
        raise SampleError("the photograph is too small", expected=f"at least {SMALLEST}", found=found, where=path)
    return image


def to_input(image: np.ndarray, side: int) -> np.ndarray:
    """Stretch an image (H, W, 3) to a square and return it as float32 (3, side, side) in 0..1.

    Stretching shows the whole animal; a centre crop of a wide photograph often cuts the head.
    """
    interpolation = cv2.INTER_AREA if min(image.shape[:2]) > side else cv2.INTER_CUBIC
    square = cv2.resize(np.ascontiguousarray(image), (side, side), interpolation=interpolation)
    return normalize(square)


def _random_crop(image: np.ndarray, rng: np.random.Generator, config: PhotographConfig) -> np.ndarray:
    """A random part of the image, mirrored half of the time."""
    height, width = image.shape[:2]
    scale = np.sqrt(rng.uniform(config.crop, 1))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    part = image[top : top + rows, left : left + columns]
    return augment.flip(part, rng)
