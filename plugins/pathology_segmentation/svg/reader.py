"""Outlines in SVG to shapes: polygons, polylines, paths, rectangles, circles and ellipses, moved as the file says.

Whatever the stroke's colour or the fill, an outline means the area inside it; an open one is closed. Entities, in the
file or outside, are refused before they are expanded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kit import SampleError

from ..polygon import Shape, inside_box
from .path import NUMBERS, points_of, rings_of

LARGEST = 64 << 20  # bytes
SLACK = 0.01  # an outline may leave the slide by so much of its side: a pen overshoots
UNDRAWN = {"defs", "clipPath", "mask", "pattern", "symbol", "marker", "metadata", "style", "script", "title", "desc"}
TRANSFORM = re.compile(r"\s*,?\s*(matrix|translate|scale|rotate)\s*\(([^)]*)\)")
ROUND = 64  # points of a circle

Matrix = np.ndarray


def read_svg(path: Path, height: int, width: int) -> tuple[Shape, ...]:
    """Read the outlines on a slide of this size; none means no cancer. Raises SampleError that names the file."""
    try:
        root = _parse(path)
        shapes = tuple(_walk(root, _canvas(root, height, width)))
    except ValueError as error:
        remedy = "correct the points, or download the file again"
        raise SampleError("an outline is malformed", found=error, where=path, remedy=remedy) from None
    outside = inside_box(shapes, height, width, max(2.0, SLACK * max(height, width)))
    if outside:
        remedy = "is this the outline of another slide?"
        raise SampleError("an outline leaves the slide", found=outside, where=path, remedy=remedy)
    return shapes


def _parse(path: Path) -> Any:
    from xml.etree.ElementTree import ParseError

    import defusedxml
    from defusedxml.ElementTree import parse

    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"a file of more than {LARGEST:,} bytes")
        # A plain document type, as editors write it, is not looked up; entities of any kind are refused.
        root = parse(path, forbid_entities=True, forbid_external=True).getroot()
    except defusedxml.DefusedXmlException as error:
        remedy = "save the outlines again as a plain SVG; entities are never expanded"
        found = f"{type(error).__name__}"
        raise SampleError("an outline file defines XML entities", found=found, where=path, remedy=remedy) from None
    except (ParseError, OSError, LookupError) as error:
        raise SampleError(
            "an outline file cannot be read", found=error, where=path, remedy="download it again"
        ) from None
    if _name(root) != "svg":
        raise SampleError("an outline file is not SVG", expected="<svg>", found=f"<{_name(root)}>", where=path)
    return root


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _canvas(root: Any, height: int, width: int) -> Matrix:
    """The matrix from the file's coordinates to pixels: a ``viewBox`` covers the whole slide."""
    numbers = [float(text) for text in NUMBERS.findall(root.get("viewBox") or "")]
    if len(numbers) != 4:
        return np.eye(3)
    x, y, wide, high = numbers
    if wide <= 0 or high <= 0:
        raise ValueError(f"viewBox of {wide:g} x {high:g}")
    return np.array([[width / wide, 0, -x * width / wide], [0, height / high, -y * height / high], [0, 0, 1]])


def _walk(element: Any, matrix: Matrix, depth: int = 0) -> Iterator[Shape]:
    if depth > 200:
        raise ValueError("elements nested more than 200 deep")
    if not isinstance(element.tag, str) or _name(element) in UNDRAWN or _hidden(element):
        return
    if element.get("transform"):
        matrix = matrix @ _transform(element.get("transform"))
    draw = DRAWN.get(_name(element))
    rings = [ring for ring in draw(element) if len(ring)] if draw else []
    with np.errstate(all="ignore"):  # what overflows is refused in words
        moved = [np.c_[ring, np.ones(len(ring))] @ matrix[:2].T for ring in rings]
    if not all(np.isfinite(ring).all() for ring in moved):
        raise ValueError("a coordinate that is not finite")
    # Less than three points enclose nothing: a dot, a slip of the pen.
    enclosing = tuple(ring for ring in moved if len(ring) > 2)
    if enclosing:
        yield Shape(enclosing, nonzero=_style(element, "fill-rule") == "nonzero")
    for child in element:
        yield from _walk(child, matrix, depth + 1)


def _style(element: Any, name: str) -> str:
    found = re.search(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", element.get("style") or "")
    return (found[1] if found else element.get(name) or "").strip()


def _hidden(element: Any) -> bool:
    return _style(element, "display") == "none" or _style(element, "visibility") == "hidden"


def _polygon(element: Any) -> list[np.ndarray]:
    return [points_of(element.get("points") or "")]


def _path(element: Any) -> list[np.ndarray]:
    return rings_of(element.get("d") or "")


def _rectangle(element: Any) -> list[np.ndarray]:
    x, y, wide, high = (_length(element, name) for name in ("x", "y", "width", "height"))
    return [np.array([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)])]


def _ellipse(element: Any) -> list[np.ndarray]:
    radii = [_length(element, name) or _length(element, "r") for name in ("rx", "ry")]
    angle = np.arange(ROUND) * (2 * math.pi / ROUND)
    centre = _length(element, "cx"), _length(element, "cy")
    return [np.c_[centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)]]


def _length(element: Any, name: str) -> float:
    text = (element.get(name) or "0").strip().removesuffix("px")
    if not NUMBERS.fullmatch(text):
        raise ValueError(f"{name}={text[:40]!r} is no length in pixels")
    return float(text)


DRAWN: dict[str, Callable[[Any], list[np.ndarray]]] = {
    "polygon": _polygon,
    "polyline": _polygon,
    "path": _path,
    "rect": _rectangle,
    "circle": _ellipse,
    "ellipse": _ellipse,
}


def _transform(text: str) -> Matrix:
    """A ``transform`` attribute as a matrix (3, 3). Raises ValueError for one that is not understood."""
    matrix, place = np.eye(3), 0
    while place < len(text.rstrip()):
        match = TRANSFORM.match(text, place)
        if match is None:
            raise ValueError(f"transform {text[place : place + 40]!r} is not understood")
        values = _number_list(match[2])
        matrix = matrix @ _matrix(match[1], values)
        place = match.end()
    return matrix


def _number_list(text: str) -> list[float]:
    """The numbers of a list divided by commas or spaces."""
    words = text.replace(",", " ").split()
    if not words or not all(NUMBERS.fullmatch(word) for word in words):
        raise ValueError(f"({text[:40]}) is no list of numbers")
    return [float(word) for word in words]


def _matrix(kind: str, values: list[float]) -> Matrix:
    counts = {"matrix": (6,), "translate": (1, 2), "scale": (1, 2), "rotate": (1, 3)}[kind]
    if len(values) not in counts:
        raise ValueError(f"{kind} with {len(values)} numbers")
    if kind == "matrix":
        a, b, c, d, e, f = values
        return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
    if kind == "translate":
        return _matrix("matrix", [1, 0, 0, 1, values[0], values[1] if len(values) > 1 else 0])
    if kind == "scale":
        return _matrix("matrix", [values[0], 0, 0, values[-1], 0, 0])
    cosine, sine = math.cos(math.radians(values[0])), math.sin(math.radians(values[0]))
    turn = _matrix("matrix", [cosine, sine, -sine, cosine, 0, 0])
    if len(values) == 1:
        return turn
    return np.asarray(_matrix("translate", values[1:]) @ turn @ _matrix("translate", [-values[1], -values[2]]))
