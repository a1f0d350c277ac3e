"""Round 2's examples: the line strip of an image, and the step of each character if the image is a generated one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit import DataError, Sample, SampleError

from ..image import read_captcha
from . import line_strip
from .config import FinalConfig
from .grammar import BLANK, CHARSET, encode, random_text
from .line_strip import HEIGHT, STEPS, WIDTH
from .synthetic import canvas

TRIES = 20  # images generated until the lines of one are found
UNKNOWN = -1

Label = tuple[np.ndarray, np.ndarray]
"""The classes of the text, int64 (46,), and the class expected at each step, int64 (140,)."""


def example(sample: Sample, rng: np.random.Generator | None, config: FinalConfig) -> tuple[np.ndarray, Label | None]:
    """Read an image or, in training, generate one instead: ink float32 (1, 40, 560) and a label.

    A test image in which no line is found becomes an empty strip, so that the submission has a line for it; the audit
    names it. In the training part it raises SampleError.
    """
    if rng is not None and rng.random() < config.generated:
        return generated_example(rng, config.widest)
    picture = read_captcha(sample.x)
    try:
        ink = line_strip.read_strip(picture, sample.x, config.widest).ink
    except SampleError:
        if sample.y is not None:
            raise
        ink = np.zeros((1, HEIGHT, WIDTH), np.float32)
    if sample.y is None:
        return ink, None
    return ink, (encode(sample.y), np.full(STEPS, UNKNOWN, np.int64))


def generated_example(rng: np.random.Generator, widest: float = 1.0) -> tuple[np.ndarray, Label]:
    """Draw a text whose lines are found. It is known where its characters are, so their steps are known too."""
    for _ in range(TRIES):
        text = random_text(rng)
        drawing = canvas.draw(text, rng, tight=True)
        boxes = line_strip.find_lines(drawing.image)
        if len(boxes) == len(drawing.middles):
            strip = line_strip.join_lines(drawing.image, boxes, widest)
            steps = [[strip.step(line, x) for x in middles] for line, middles in enumerate(drawing.middles)]
            return strip.ink, (encode(text), expected_classes(text, steps))
    raise DataError(
        f"no lines were found in {TRIES} generated images",
        remedy="train on the given images only: --set generated=0",
    )


def expected_classes(text: str, steps: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the class to expect at each step, int64 (140,): a character at its step, the blank between, else -1.

    ``steps`` holds the steps of each line's characters. Characters with one step, as in a fraction, are expected one
    after the other. Equal neighbours get a blank between them, because CTC would take them for one.
    """
    expected = np.full(STEPS, BLANK, np.int64)
    last, before = -1, ""
    for character, step in zip(text, _in_order(steps), strict=True):
        again = character == before
        last, before = min(STEPS - 1, max(step, last + 1 + again)), character
        for beside in (last - 1, last + 1):  # a character is wider than a step: its neighbours may show it too
            if 0 <= beside < STEPS and expected[beside] == BLANK:
                expected[beside] = UNKNOWN
        if again:
            expected[last - 1] = BLANK
        expected[last] = CHARSET.index(character)
    return expected


def _in_order(steps: Sequence[Sequence[int]]) -> list[int]:
    """Return the steps of all characters, those of the semicolons between two lines included."""
    found: list[int] = []
    for number, line in enumerate(steps):
        if number:
            found.append((steps[number - 1][-1] + line[0]) // 2)
        found += line
    return found
