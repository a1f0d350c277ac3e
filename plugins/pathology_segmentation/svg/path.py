"""Convert SVG path data (the attribute ``d``) to rings of points: https://www.w3.org/TR/SVG11/paths.html."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from .lengths import NUMBER

COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
CURVE_POINTS = 32  # line segments per Bezier curve
ARC_POINTS = 128  # line segments per arc
# Each pattern takes linear time: adjacent parts of it never match the same characters.
TOKEN = re.compile(rf"\s*(?:,\s*)?(?:([MmLlHhVvCcSsQqTtAaZz])|({NUMBER}))", re.ASCII)
FLAG = re.compile(r"\s*(?:,\s*)?([01])", re.ASCII)
BEZIER_WEIGHTS = {
    degree: np.array([[math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)] for t in ts])
    for degree in (2, 3)
    for ts in [[(i + 1) / CURVE_POINTS for i in range(CURVE_POINTS)]]
}

Point = complex


def rings_of(data: str) -> list[np.ndarray]:
    """Convert path data to rings (P, 2), one per subpath, curves as short line segments. Raises ValueError."""
    rings: list[list[Point]] = []
    current = start = 0j
    control: tuple[str, Point] | None = None
    for letter, values in _commands(data):
        kind, origin = letter.upper(), current if letter.islower() else 0j
        if kind == "M":
            current = start = origin + complex(*values)
            rings.append([current])
        elif not rings:
            raise ValueError(f"a path must begin with M, not {letter}")
        elif kind == "Z":
            current = start
        else:
            if current == start and len(rings[-1]) > 1:
                rings.append([current])  # drawing continues after Z
            points, control = _segment(kind, values, current, origin, control)
            rings[-1] += points
            current = points[-1]
        if kind not in "CSQT":
            control = None
    return [np.array([(p.real, p.imag) for p in ring]) for ring in rings]


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Yield letters with their numbers; a missing letter repeats the one before."""
    position, letter = 0, ""
    end = len(data.rstrip(" \t\r\n,"))
    while position < end:
        match = TOKEN.match(data, position)
        if match is None:
            raise ValueError(f"unexpected {data[position : position + 12]!r}")
        if match[1]:
            letter, position = match[1], match.end()
        elif not letter or letter in "Zz":
            raise ValueError(f"a number without a command: {data[position : position + 12]!r}")
        values, position = _numbers(data, position, letter)
        yield letter, values
        letter = {"M": "L", "m": "l"}.get(letter, letter)


def _numbers(data: str, position: int, letter: str) -> tuple[list[float], int]:
    values: list[float] = []
    for index in range(COUNTS[letter.upper()]):
        flag = letter in "Aa" and index in (3, 4)  # no space is needed after a flag
        match = (FLAG if flag else TOKEN).match(data, position)
        text = match and (match[1] if flag else match[2])
        if not match or not text:
            near = data[position : position + 12]
            raise ValueError(f"{letter} needs {COUNTS[letter.upper()]} numbers near {near!r}")
        values.append(float(text))
        position = match.end()
    return values, position


def _segment(
    kind: str, values: list[float], current: Point, origin: Point, control: tuple[str, Point] | None
) -> tuple[list[Point], tuple[str, Point] | None]:
    """Compute the points of one segment after ``current``, and the control point that a next smooth curve reflects."""
    if kind == "H":
        return [complex(origin.real + values[0], current.imag)], None
    if kind == "V":
        return [complex(current.real, origin.imag + values[0])], None
    if kind == "A":
        return _arc(current, values, origin + complex(values[5], values[6])), None
    points = [origin + complex(x, y) for x, y in zip(values[::2], values[1::2], strict=True)]
    if kind == "L":
        return points, None
    family = "C" if kind in "CS" else "Q"
    if kind in "ST":
        reflected = 2 * current - control[1] if control and control[0] == family else current
        points.insert(0, reflected)
    curve = BEZIER_WEIGHTS[len(points)] @ np.array([current, *points])
    return [complex(p) for p in curve], (family, points[-2])


def _arc(current: Point, values: list[float], end: Point) -> list[Point]:
    """Compute an elliptical arc from its centre: appendix F.6.5 of the recommendation."""
    rx, ry, turn, large, sweep = abs(values[0]), abs(values[1]), math.radians(values[2]), values[3], values[4]
    if current == end or not rx or not ry:
        return [end]
    if not all(map(math.isfinite, [*values, current.real, current.imag])):
        raise ValueError("a coordinate that is not finite")
    rotation = complex(math.cos(turn), math.sin(turn))
    half = (current - end) / 2 / rotation
    stretch = math.hypot(half.real / rx, half.imag / ry)
    rx, ry = rx * max(1.0, stretch), ry * max(1.0, stretch)
    unit = complex(half.real / rx, half.imag / ry)
    if not unit:
        return [end]
    away = math.sqrt(max(0.0, 1 / abs(unit) ** 2 - 1)) * (-1 if large == sweep else 1)
    middle = unit * -1j * away
    first, last = unit - middle, -unit - middle
    begin = math.atan2(first.imag, first.real)
    sweep_angle = (math.atan2(last.imag, last.real) - begin) % (2 * math.pi)
    if not sweep:
        sweep_angle -= 2 * math.pi
    angles = begin + sweep_angle * np.linspace(0, 1, ARC_POINTS + 1)[1:]
    centre = (current + end) / 2 + complex(middle.real * rx, middle.imag * ry) * rotation
    points = [centre + complex(rx * math.cos(a), ry * math.sin(a)) * rotation for a in angles]
    return [*points[:-1], end]
