"""Numbers and lengths in SVG and CSS."""

from __future__ import annotations

import re

import numpy as np

NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
LENGTH = re.compile(rf"({NUMBER})([a-zA-Z]*|%)", re.ASCII)
WORD = re.compile(NUMBER, re.ASCII)

# CSS pixels per unit: https://www.w3.org/TR/css-values-3/#absolute-lengths
PIXELS = {"px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0}


def number_of(text: str) -> float:
    """Parse one number. Raises ValueError."""
    if not WORD.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number")
    return float(text)


def numbers_of(text: str) -> list[float]:
    """Parse numbers separated by commas or spaces. Raises ValueError."""
    return [number_of(word) for word in text.replace(",", " ").split()]


def points_of(text: str) -> np.ndarray:
    """Parse a list of points (``x,y x,y``) as (P, 2). Raises ValueError."""
    numbers = numbers_of(text)
    if len(numbers) % 2:
        raise ValueError(f"{len(numbers)} numbers do not make pairs")
    return np.array(numbers).reshape(-1, 2)


def length_of(text: str, whole: float | None, *, css: bool = False) -> float:
    """Parse a length in user units. ``whole`` is the length of 100%; CSS needs a unit. Raises ValueError."""
    match = LENGTH.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a length")
    value, unit = float(match[1]), match[2].lower()
    if unit == "%" and whole is not None:
        return value / 100 * whole
    if unit in PIXELS:
        return value * PIXELS[unit]
    if not unit and (not css or value == 0):
        return value
    raise ValueError(f"{text[:40]!r} is not a supported length")
