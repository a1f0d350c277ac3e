"""Write generated captchas in round 2's layout, with their answers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kit.files import write_text

from ..sample import write_parts
from .grammar import random_text
from .line_strip import find_lines
from .synthetic.canvas import draw
from .value import value_text

FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images with ``labels.txt``, a quarter as many test images, and ``answers.txt``."""
    train, test = write_parts(Path(folder), size, seed, _drawing, *FAST)
    write_text(Path(folder, "train", "labels.txt"), _lines(train))
    write_text(Path(folder, "answers.txt"), _lines(test))


def _lines(texts: list[str]) -> str:
    return "".join(f"{text} {value_text(text)}\n" for text in texts)


def _drawing(part: str, number: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """Draw until a line is found: about one image in some thousands is too faint."""
    while True:
        text = random_text(rng)
        picture = draw(text, rng).image
        if find_lines(picture):
            return text, picture
