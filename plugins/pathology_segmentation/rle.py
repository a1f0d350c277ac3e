"""Run-length encodings as the contest wants them: sorted pairs of start and length, separated by single spaces."""

from __future__ import annotations

import re

import numpy as np

PAIRS = re.compile(r"[1-9][0-9]{0,17}(?: [1-9][0-9]{0,17})*", re.ASCII)
LAST = 200_000**2  # the largest pixel number that a slide can have


def from_text(text: str) -> np.ndarray:
    """Parse runs (R, 2), int64, from a text. Raises ValueError with what is wrong with it; see :func:`fault`."""
    wrong = fault(text)
    if wrong:
        raise ValueError(wrong)
    return _numbers(text).reshape(-1, 2)


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=np.int64)


def fault(text: str) -> str | None:
    """Describe what is wrong with an encoding, None if nothing is.

    Wrong are: no integers, an odd count, runs of zero length, unsorted or overlapping runs, a run outside of any image.
    """
    if not text:
        return None
    if not PAIRS.fullmatch(text):
        return _fault_of_words(text)
    numbers = _numbers(text)
    if len(numbers) % 2:
        return f"give pairs of start and length: {len(numbers)} numbers are an odd count"
    starts, lengths = numbers[::2], numbers[1::2]
    back = np.flatnonzero(starts[1:] < starts[:-1])
    if len(back):
        pair = starts[back[0]], starts[back[0] + 1]
        return f"sort the runs by start: {pair[1]} comes after {pair[0]}"
    over = np.flatnonzero(starts[1:] < starts[:-1] + lengths[:-1])
    if len(over):
        at = over[0]
        return f"let no run overlap the next: {starts[at]} {lengths[at]} reaches into the run at {starts[at + 1]}"
    if starts[-1] + lengths[-1] - 1 > LAST:
        return f"keep runs in the image: {starts[-1]} {lengths[-1]} ends beyond any slide's last pixel"
    return None


def _fault_of_words(text: str) -> str:
    words = text.split(" ")
    for index, word in enumerate(words):
        if re.fullmatch(r"0+", word):
            return "keep runs in the image: pixels count from 1" if index % 2 == 0 else "leave out runs of zero length"
        if re.fullmatch(r"-[0-9]+", word):
            return f"keep runs in the image: {word[:20]} is negative"
        if not re.fullmatch(r"[1-9][0-9]{0,17}", word, re.ASCII):
            return f"write whole numbers separated by single spaces, not {word[:20]!r}"
    return "write whole numbers separated by single spaces"
