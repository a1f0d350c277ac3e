"""SVG's and CSS's transforms as matrices (3, 3) that map column vectors (x, y, 1)."""

from __future__ import annotations

import math
import re

import numpy as np

from .lengths import LENGTH, PIXELS

Matrix = np.ndarray

SEPARATORS = " \t\r\n\f,"
FUNCTION = re.compile(r"([a-zA-Z0-9]+)[ \t\r\n\f]*\(([^()]*)\)", re.ASCII)
DEGREES = {"": 1.0, "deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
COUNTS = {
    "matrix": (6,),
    **dict.fromkeys(("translate", "scale", "skew"), (1, 2)),
    **dict.fromkeys(("translatex", "translatey", "scalex", "scaley", "skewx", "skewy"), (1,)),
    "rotate": (1, 3),
}
LENGTHS = {"translate": (0, 1), "translatex": (0,), "translatey": (0,), "rotate": (1, 2), "matrix": (4, 5)}
ANGLES = {"rotate": (0,), "skew": (0, 1), "skewx": (0,), "skewy": (0,)}


def transform_of(text: str) -> Matrix:
    """Parse a ``transform`` of an attribute or a style. Raises ValueError for one that is not supported."""
    matrix, position = np.eye(3), 0
    if text.strip() in ("", "none"):
        return matrix
    end = len(text.rstrip(SEPARATORS))
    while position < end:
        while text[position] in SEPARATORS:
            position += 1
        match = FUNCTION.match(text, position)
        if match is None or match[1].lower() not in COUNTS:
            raise ValueError(f"transform {text[position : position + 40]!r} is not understood")
        matrix = matrix @ _function(match[1].lower(), match[2])
        position = match.end()
    return matrix


def affine(a: float, b: float, c: float, d: float, e: float, f: float) -> Matrix:
    """Build a matrix from SVG's six numbers."""
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]], dtype=float)


def translation(x: float, y: float) -> Matrix:
    """Build a translation."""
    return affine(1, 0, 0, 1, x, y)


def _function(name: str, arguments: str) -> Matrix:
    words = arguments.replace(",", " ").split()
    if len(words) not in COUNTS[name]:
        raise ValueError(f"{name} with {len(words)} numbers")
    values = [_value(name, index, word) for index, word in enumerate(words)]
    if name == "matrix":
        return affine(*values)
    if name.startswith("translate"):
        x, y = _both(name, values, 0.0)
        return translation(x, y)
    if name.startswith("scale"):
        x, y = _both(name, values, values[0] if name == "scale" else 1.0)
        return affine(x, 0, 0, y, 0, 0)
    if name.startswith("skew"):
        x, y = (math.tan(math.radians(v)) for v in _both(name, values, 0.0))
        return affine(1, y, x, 1, 0, 0)
    cosine, sine = math.cos(math.radians(values[0])), math.sin(math.radians(values[0]))
    turn = affine(cosine, sine, -sine, cosine, 0, 0)
    if len(values) == 1:
        return turn
    x, y = values[1:]
    return np.asarray(translation(x, y) @ turn @ translation(-x, -y))


def _both(name: str, values: list[float], default: float) -> tuple[float, float]:
    """Give the values for x and y of ``name``, ``nameX`` or ``nameY``."""
    if name.endswith("y"):
        return default, values[0]
    return values[0], values[1] if len(values) > 1 else default


def _value(name: str, index: int, word: str) -> float:
    match = LENGTH.fullmatch(word)
    unit = match[2].lower() if match else None
    if match is not None and unit is not None:
        value = float(match[1])
        if index in ANGLES.get(name, ()) and unit in DEGREES:
            return value * DEGREES[unit]
        if index in LENGTHS.get(name, ()) and unit in PIXELS:
            return value * PIXELS[unit]
        if unit == "%" and name.startswith("scale"):
            return value / 100
        if not unit:
            return value
    raise ValueError(f"{word[:40]!r} in {name} is not understood")
