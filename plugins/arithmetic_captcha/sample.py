"""Write generated captchas in the contests' layout, with their answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from kit.files import write_text

from . import canvas, formula, grammar, strip, worth
from .draw import ROUND_1, TEXT, Look, draw
from .grammar import Grammar, value

PROBED = 50
FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def arithmetic(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images of round 1 with ``labels.txt``, a quarter as many test ones, ``answers.txt``."""
    train, test = _write(Path(folder), size, seed, _one_line(grammar.ARITHMETIC, ROUND_1))
    write_text(Path(folder, "train", "labels.txt"), _with_values(train, value))
    write_text(Path(folder, "answers.txt"), _with_values(test, value))


def text(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training text captchas with ``labels.txt``, a quarter as many test ones and ``answers.csv``.

    One training image in 50 is the probe ``0O0O``; the test images are random throughout.
    """
    train, test = _write(Path(folder), size, seed, _one_line(grammar.TEXT, TEXT, grammar.PROBE))
    write_text(Path(folder, "train", "labels.txt"), "".join(f"{line}\n" for line in train))
    rows = "".join(f"{number},{line}\n" for number, line in enumerate(test))
    write_text(Path(folder, "answers.csv"), "id,text\n" + rows)


def final(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images of round 2 with ``labels.txt``, a quarter as many test ones, ``answers.txt``."""
    train, test = _write(Path(folder), size, seed, _several_lines, *FAST)
    write_text(Path(folder, "train", "labels.txt"), _with_values(train, worth.written))
    write_text(Path(folder, "answers.txt"), _with_values(test, worth.written))


def _with_values(texts: list[str], worth_of: Callable[[str], object]) -> str:
    return "".join(f"{text} {worth_of(text)}\n" for text in texts)


Drawing = Callable[[str, int, np.random.Generator], tuple[str, np.ndarray]]
"""From a part, an image's number and its generator to a text and its picture (H, W, 3) RGB."""


def _write(folder: Path, size: int, seed: int, drawing: Drawing, *flags: int) -> tuple[list[str], list[str]]:
    """Write images 0.png, 1.png, ... of both parts, each from a generator of its own; return both parts' texts."""
    parts = []
    for place, (part, count) in enumerate((("train", size), ("test", max(1, size // 4)))):
        (folder / part).mkdir(exist_ok=True)
        texts = []
        for number in range(count):
            text, picture = drawing(part, number, np.random.default_rng([seed, place, number]))
            png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)[1]
            (folder / part / f"{number}.png").write_bytes(png.tobytes())
            texts.append(text)
        parts.append(texts)
    return parts[0], parts[1]


def _one_line(texts: Grammar, look: Look, probe: str = "") -> Drawing:
    """Draw captchas; every so many training images show the ``probe``, so that some are held out and reported."""

    def drawing(part: str, number: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
        shown = probe if part == "train" and number % PROBED == PROBED // 2 else ""
        text = shown or texts.draw(rng)
        return text, draw(text, look, rng)

    return drawing


def _several_lines(part: str, number: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """Draw until there is an image that can be read at all: one in some thousands is too faint for any line."""
    while True:
        text = formula.draw(rng)
        picture = canvas.draw(text, rng).image
        if strip.find(picture):
            return text, picture
