"""Convert SVG path data (the attribute ``d``) to rings of points: https://www.w3.org/TR/SVG11/paths.html."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
CURVE_POINTS = 24  # straight pieces for a curve
TOKEN = re.compile(r"\s*,?\s*(?:([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))")
FLAG = re.compile(r"\s*,?\s*([01])")
NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

Point = complex


def rings_of(data: str) -> list[np.ndarray]:
    """Turn path data into rings (P, 2), one a subpath, curves as short straight pieces. Raises ValueError."""
    rings: list[list[Point]] = []
    here = start = 0j
    control: tuple[str, Point] | None = None
    for letter, values in _commands(data):
        kind, origin = letter.upper(), here if letter.islower() else 0j
        if kind == "M":
            here = start = origin + complex(*values)
            rings.append([here])
        elif not rings:
            raise ValueError(f"a path must begin with M, not {letter}")
        elif kind == "Z":
            here = start
        else:
            if here == start and len(rings[-1]) > 1:
                rings.append([here])  # drawing goes on after a Z
            points, control = _piece(kind, values, here, origin, control)
            rings[-1] += points
            here = points[-1]
        if kind not in "CSQT":
            control = None
    return [np.array([(p.real, p.imag) for p in ring]) for ring in rings]


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Letters with their numbers; a letter that is left out repeats the one before."""
    place, letter = 0, ""
    end = len(data.rstrip(" \t\r\n,"))
    while place < end:
        match = TOKEN.match(data, place)
        if match is None:
            raise ValueError(f"unexpected {data[place : place + 12]!r}")
        if match[1]:
            letter, place = match[1], match.end()
        elif not letter or letter in "Zz":
            raise ValueError(f"a number without a command: {data[place : place + 12]!r}")
        values, place = _numbers(data, place, letter)
        yield letter, values
        letter = {"M": "L", "m": "l"}.get(letter, letter)


def _numbers(data: str, place: int, letter: str) -> tuple[list[float], int]:
    values: list[float] = []
    for index in range(COUNTS[letter.upper()]):
        flag = letter in "Aa" and index in (3, 4)  # flags may stand without a space after them
        match = (FLAG if flag else TOKEN).match(data, place)
        text = match and (match[1] if flag else match[2])
        if not match or not text:
            raise ValueError(f"{letter} needs {COUNTS[letter.upper()]} numbers near {data[place : place + 12]!r}")
        values.append(float(text))
        place = match.end()
    return values, place


def _piece(
    kind: str, values: list[float], here: Point, origin: Point, control: tuple[str, Point] | None
) -> tuple[list[Point], tuple[str, Point] | None]:
    """The points of one piece after ``here``, and the control point that the next smooth curve reflects."""
    if kind == "H":
        return [complex(origin.real + values[0], here.imag)], None
    if kind == "V":
        return [complex(here.real, origin.imag + values[0])], None
    if kind == "A":
        return _arc(here, values, origin + complex(values[5], values[6])), None
    points = [origin + complex(x, y) for x, y in zip(values[::2], values[1::2], strict=True)]
    if kind == "L":
        return points, None
    family = "C" if kind in "CS" else "Q"
    if kind in "ST":
        reflected = 2 * here - control[1] if control and control[0] == family else here
        points.insert(0, reflected)
    return _bezier([here, *points]), (family, points[-2])


def _bezier(points: list[Point]) -> list[Point]:
    t = np.linspace(0, 1, CURVE_POINTS + 1)[1:]
    degree = len(points) - 1
    weights = [math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
    return [complex(p) for p in np.array(points) @ np.array(weights)]


def _arc(here: Point, values: list[float], end: Point) -> list[Point]:
    """An elliptical arc by its centre: appendix F.6.5 of the recommendation."""
    rx, ry, turn, large, sweep = abs(values[0]), abs(values[1]), math.radians(values[2]), values[3], values[4]
    if here == end or not rx or not ry:
        return [end]
    rotation = complex(math.cos(turn), math.sin(turn))
    half = (here - end) / 2 / rotation
    stretch = math.hypot(half.real / rx, half.imag / ry)
    rx, ry = rx * max(1.0, stretch), ry * max(1.0, stretch)
    unit = complex(half.real / rx, half.imag / ry)
    away = math.sqrt(max(0.0, 1 / abs(unit) ** 2 - 1)) * (-1 if large == sweep else 1)
    middle = unit * -1j * away
    first, last = unit - middle, -unit - middle
    begin = math.atan2(first.imag, first.real)
    sweep_angle = (math.atan2(last.imag, last.real) - begin) % (2 * math.pi)
    if not sweep:
        sweep_angle -= 2 * math.pi
    angles = begin + sweep_angle * np.linspace(0, 1, 2 * CURVE_POINTS + 1)[1:]
    centre = (here + end) / 2 + complex(middle.real * rx, middle.imag * ry) * rotation
    points = [centre + complex(rx * math.cos(a), ry * math.sin(a)) * rotation for a in angles]
    return [*points[:-1], end]


def points_of(text: str) -> np.ndarray:
    """Turn a list of points (``x,y x,y``) into (P, 2). Raises ValueError for anything else."""
    words = text.replace(",", " ").split()
    bad = next((word for word in words if not NUMBERS.fullmatch(word)), None)
    if bad is not None:
        raise ValueError(f"{bad[:40]!r} is no number")
    if len(words) % 2:
        raise ValueError(f"{len(words)} numbers do not make pairs")
    return np.array([float(word) for word in words]).reshape(-1, 2)
