"""The rings that SVG's basic shapes enclose, in their own user space."""

from __future__ import annotations

import math
from collections.abc import Callable
from xml.etree.ElementTree import Element

import numpy as np

from .css import Style
from .lengths import length_of, points_of
from .path import rings_of

ROUND = 256  # points of an ellipse
CORNER = 32  # points of a rounded corner

Viewport = tuple[float, float]


def rings_in(name: str, element: Element, style: Style, viewport: Viewport) -> list[np.ndarray]:
    """Compute the rings (P, 2) of a basic shape. Raises ValueError."""
    return [ring for ring in SHAPES[name](element, style, viewport) if len(ring)]


def lengths(style: Style, names: tuple[str, ...], viewport: Viewport) -> list[float]:
    """Compute lengths by their names; what is missing is 0."""
    return [length(style, name, viewport) or 0.0 for name in names]


def length(style: Style, name: str, viewport: Viewport) -> float | None:
    """Compute one length in user units, percentages of the viewport; None where it is missing or ``auto``."""
    value = style.get(name)
    if value is None or value.text == "auto":
        return None
    if name == "r":
        whole = math.hypot(*viewport) / math.sqrt(2)
    else:
        whole = viewport[0] if name in ("x", "cx", "width", "rx") else viewport[1]
    try:
        found = length_of(value.text, whole, css=value.css)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if found < 0 and name in ("width", "height", "r", "rx", "ry"):
        raise ValueError(f"{name} is {value.text[:40]}, below 0")
    return found


def _polygon(element: Element, style: Style, viewport: Viewport) -> list[np.ndarray]:
    return [points_of(element.get("points") or "")]


def _path(element: Element, style: Style, viewport: Viewport) -> list[np.ndarray]:
    value = style.get("d")
    if value is None or value.text == "none":
        return []
    text = value.text
    if value.css:
        if not (text.startswith("path(") and text.endswith(")")):
            raise ValueError(f"d: {text[:40]!r} is not understood")
        text = text[5:-1].strip()
        if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
            raise ValueError(f"d: path({text[:40]}) is not understood")
        text = text[1:-1]
    return rings_of(text)


def _rectangle(element: Element, style: Style, viewport: Viewport) -> list[np.ndarray]:
    x, y, width, height = lengths(style, ("x", "y", "width", "height"), viewport)
    rx, ry = (length(style, name, viewport) for name in ("rx", "ry"))
    rx = ry if rx is None else rx
    ry = rx if ry is None else ry
    if not width or not height:
        return []
    if not rx or not ry:
        return [np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])]
    rx, ry = min(rx, width / 2), min(ry, height / 2)
    angle = np.linspace(0, math.pi / 2, CORNER)
    corner = np.c_[np.cos(angle) * rx, np.sin(angle) * ry]
    centres = ((x + width - rx, y + height - ry), (x + rx, y + height - ry), (x + rx, y + ry), (x + width - rx, y + ry))
    turned = (corner, corner[::-1] * (-1, 1), -corner, corner[::-1] * (1, -1))
    return [np.concatenate([part + centre for part, centre in zip(turned, centres, strict=True)])]


def _circle(element: Element, style: Style, viewport: Viewport) -> list[np.ndarray]:
    cx, cy, r = lengths(style, ("cx", "cy", "r"), viewport)
    return ellipse(cx, cy, r, r)


def _ellipse(element: Element, style: Style, viewport: Viewport) -> list[np.ndarray]:
    cx, cy = lengths(style, ("cx", "cy"), viewport)
    rx, ry = (length(style, name, viewport) for name in ("rx", "ry"))
    rx = ry if rx is None else rx  # `auto` takes the other radius
    ry = rx if ry is None else ry
    return ellipse(cx, cy, rx or 0.0, ry or 0.0)


def ellipse(cx: float, cy: float, rx: float, ry: float) -> list[np.ndarray]:
    """Compute the ring of an ellipse; none where a radius is 0."""
    if not rx or not ry:
        return []
    angle = np.arange(ROUND) * (2 * math.pi / ROUND)
    return [np.c_[cx + rx * np.cos(angle), cy + ry * np.sin(angle)]]


SHAPES: dict[str, Callable[[Element, Style, Viewport], list[np.ndarray]]] = {
    "polygon": _polygon,
    "polyline": _polygon,
    "path": _path,
    "rect": _rectangle,
    "circle": _circle,
    "ellipse": _ellipse,
}
