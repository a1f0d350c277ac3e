"""Write generated captchas in the contests' layout, with their answers."""

from __future__ import annotations

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
    train, test = _write_images(Path(folder), size, seed, grammar.ARITHMETIC, ROUND_1)
    lines = [[f"{expression} {value(expression)}\n" for expression in part] for part in (train, test)]
    write_text(Path(folder, "train", "labels.txt"), "".join(lines[0]))
    write_text(Path(folder, "answers.txt"), "".join(lines[1]))


def text(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training text captchas with ``labels.txt``, a quarter as many test ones and ``answers.csv``.

    One training image in 50 is the probe ``0O0O``; the test images are random throughout.
    """
    train, test = _write_images(Path(folder), size, seed, grammar.TEXT, TEXT, grammar.PROBE)
    write_text(Path(folder, "train", "labels.txt"), "".join(f"{line}\n" for line in train))
    rows = "".join(f"{number},{line}\n" for number, line in enumerate(test))
    write_text(Path(folder, "answers.csv"), "id,text\n" + rows)


def final(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images of round 2 with ``labels.txt``, a quarter as many test ones, ``answers.txt``."""
    for part, (name, count) in enumerate((("train", size), ("test", max(1, size // 4)))):
        (Path(folder) / name).mkdir(exist_ok=True)
        lines = []
        for number in range(count):
            rng = np.random.default_rng([seed, part, number])
            text, picture = _with_lines(rng)
            png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), FAST)[1]
            Path(folder, name, f"{number}.png").write_bytes(png.tobytes())
            lines.append(f"{text} {worth.written(text)}\n")
        write_text(Path(folder, *(("train", "labels.txt") if name == "train" else ("answers.txt",))), "".join(lines))


def _with_lines(rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """Draw until there is an image that can be read at all: one in some thousands is too faint for any line."""
    while True:
        text = formula.draw(rng)
        picture = canvas.draw(text, rng).image
        if strip.find(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)):
            return text, picture


def _write_images(
    folder: Path, size: int, seed: int, texts: Grammar, look: Look, probe: str = ""
) -> tuple[list[str], list[str]]:
    """Images 0.png, 1.png, ... of both parts; each has a generator of its own, seeded by its part and number.

    Every so many training images show the ``probe``, so that some are held out and stand in the report.
    """
    parts = []
    for part, (name, count) in enumerate((("train", size), ("test", max(1, size // 4)))):
        written = []
        for number in range(count):
            rng = np.random.default_rng([seed, part, number])
            shown = probe if part == 0 and number % PROBED == PROBED // 2 else ""
            written.append(shown or texts.draw(rng))
            picture = draw(written[-1], look, rng)
            png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]
            (folder / name).mkdir(exist_ok=True)
            (folder / name / f"{number}.png").write_bytes(png.tobytes())
        parts.append(written)
    return parts[0], parts[1]
