"""Fit a ``viewBox`` into a viewport, and a drawing to its slide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lengths import length_of, numbers_of
from .transforms import Matrix, affine

SAME = 0.01  # relative difference up to which two sizes or aspect ratios are equal
ALIGNED = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}


@dataclass(frozen=True)
class ViewBox:
    """The part of the user space that a viewport shows."""

    x: float
    y: float
    width: float
    height: float


def view_box_of(text: str | None) -> ViewBox | None:
    """Parse a ``viewBox``; None without one. Raises ValueError."""
    if text is None or not text.strip():
        return None
    numbers = numbers_of(text)
    if len(numbers) != 4 or not np.isfinite(numbers).all() or numbers[2] <= 0 or numbers[3] <= 0:
        raise ValueError(f"viewBox {text[:60]!r} is not four numbers, width and height above 0")
    return ViewBox(*numbers)


def fitted(box: ViewBox, ratio: str | None, x: float, y: float, width: float, height: float) -> Matrix:
    """Map a ``viewBox`` into a viewport according to ``preserveAspectRatio``."""
    scales = width / box.width, height / box.height
    align, meet = _aspect(ratio)
    if align is None:
        return affine(scales[0], 0, 0, scales[1], x - box.x * scales[0], y - box.y * scales[1])
    scale = min(scales) if meet else max(scales)
    left = x + (width - box.width * scale) * align[0]
    top = y + (height - box.height * scale) * align[1]
    return affine(scale, 0, 0, scale, left - box.x * scale, top - box.y * scale)


def _aspect(text: str | None) -> tuple[tuple[float, float] | None, bool]:
    """Parse ``preserveAspectRatio``: the alignment of x and y (None: stretched), and whether all of it is shown."""
    words = [word for word in (text or "").split() if word != "defer"] or ["xMidYMid"]
    name, mode = words[0], words[1] if len(words) > 1 else "meet"
    if len(words) > 2 or mode not in ("meet", "slice"):
        raise ValueError(f"preserveAspectRatio {text!r} is not understood")
    if name == "none":
        return None, True
    x, y = ALIGNED.get(name[1:4]), ALIGNED.get(name[5:8])
    if len(name) != 8 or name[0] != "x" or name[4] != "Y" or x is None or y is None:
        raise ValueError(f"preserveAspectRatio {text!r} is not understood")
    return (x, y), mode == "meet"


def canvas(
    box: ViewBox | None, ratio: str | None, size: tuple[float | None, float | None], height: int, width: int
) -> tuple[Matrix, tuple[float, float]]:
    """Map the drawing to pixels of its slide; return the matrix, and the viewport's size in user units.

    A ``viewBox`` covers the whole slide; the size of the drawing then only says how large it is displayed. Without one,
    user units are pixels, and a size other than the slide's is ambiguous. Raises ValueError.
    """
    own_width, own_height = size
    if box is None:
        for own, side in ((own_width, width), (own_height, height)):
            if own is not None and abs(own - side) > max(2.0, SAME * side):
                shown = " x ".join("?" if s is None else f"{s:g}" for s in size)
                raise ValueError(f"a drawing of {shown} without a viewBox on a slide of {width} x {height}")
        return np.eye(3), (float(width), float(height))
    user = box.width, box.height
    if _same_shape(box.width / box.height, width / height) or _aspect(ratio)[0] is None:
        return fitted(box, "none", 0, 0, width, height), user
    if own_width and own_height and _same_shape(own_width / own_height, width / height):
        return fitted(box, ratio, 0, 0, width, height), user
    raise ValueError(
        f"a viewBox of {box.width:g} x {box.height:g} on a slide of {width} x {height}: the aspect ratios differ"
    )


def _same_shape(first: float, second: float) -> bool:
    return abs(first / second - 1) <= SAME


def own_size(width: str | None, height: str | None) -> tuple[float | None, float | None]:
    """Parse the size of the outermost drawing; None where it is missing or a percentage of the page."""
    return _own_length(width), _own_length(height)


def _own_length(text: str | None) -> float | None:
    text = (text or "").strip()
    return None if text in ("", "auto") or text.endswith("%") else length_of(text, None)
