"""Round 1's examples: equalised ink, at random binarised as in some copies of the contest's images."""

from __future__ import annotations

import cv2
import numpy as np

from kit import Sample

from ..config import LineConfig, input_rows
from ..inputs import picture_and_text
from ..synthetic.drawing import ROUND_1
from .grammar import EXPRESSIONS

WIDE = 3  # the input is so many times as wide as high, as the image is


def input_size(config: LineConfig) -> tuple[int, int]:
    """Return the height and the width of the network's input: 32 and 96 unless the settings say otherwise."""
    rows = input_rows(config)
    return rows, WIDE * rows


def example(
    sample: Sample, rng: np.random.Generator | None, config: LineConfig
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return ink float32 (1, 32, 96) and classes int64 (7,); in training the captcha may be a generated one."""
    picture, text = picture_and_text(sample, rng, config, EXPRESSIONS.random_text, ROUND_1)
    size = input_size(config)
    if rng is None or rng.random() >= config.binarised:
        ink = network_input(picture, size)
    else:
        ink = network_input(picture, size, int(rng.integers(100, 230)), thicken=bool(rng.random() < 0.5))
    return ink, None if text is None else EXPRESSIONS.encode(text)


def network_input(
    image: np.ndarray, size: tuple[int, int] = (32, 96), threshold: int = 0, thicken: bool = False
) -> np.ndarray:
    """Turn a captcha (H, W, 3) RGB into ink from 0 to 1, float32 (1, *size).

    The histogram of the grey values is equalised, so that a faint text becomes as dark as any other. A ``threshold``
    above 0 binarises the image; ``thicken`` makes every stroke a pixel wider.
    """
    grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    if threshold:
        grey = cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY)[1]
    if thicken:
        grey = cv2.erode(grey, np.ones((2, 2), np.uint8))
    small = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray((np.float32(255) - small)[None] / np.float32(255))
