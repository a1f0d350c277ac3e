"""Write generated captchas as numbered images: what all captcha tasks have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from .grammar import Grammar
from .synthetic.drawing import Look, draw

PROBED = 50

Drawing = Callable[[str, int, np.random.Generator], tuple[str, np.ndarray]]
"""From a part, an image's number and a generator to a text and an image (H, W, 3) RGB."""


def write_parts(folder: Path, size: int, seed: int, drawing: Drawing, *flags: int) -> tuple[list[str], list[str]]:
    """Write images 0.png, 1.png, ... of both parts, ``size`` training images; return the texts of both parts.

    Each image has a generator of its own. ``flags`` are those of OpenCV's ``imencode``.
    """
    parts = []
    for number_of_part, (part, count) in enumerate((("train", size), ("test", max(1, size // 4)))):
        (folder / part).mkdir(exist_ok=True)
        texts = []
        for number in range(count):
            text, picture = drawing(part, number, np.random.default_rng([seed, number_of_part, number]))
            png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)[1]
            (folder / part / f"{number}.png").write_bytes(png.tobytes())
            texts.append(text)
        parts.append(texts)
    return parts[0], parts[1]


def one_line(grammar: Grammar, look: Look, probe: str = "") -> Drawing:
    """Draw random texts. With a ``probe``, one training image in 50 shows it, so that some are held out."""

    def drawing(part: str, number: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
        shown = probe if part == "train" and number % PROBED == PROBED // 2 else ""
        text = shown or grammar.random_text(rng)
        return text, draw(text, look, rng)

    return drawing
