"""Resolve clip paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import numpy as np

from ..polygon import Shape
from .context import Context
from .css import Style
from .geometry import SHAPES, rings_in
from .transforms import affine

if TYPE_CHECKING:
    from .walk import Walker

URL = re.compile(r"url\(\s*(['\"]?)(#[^'\")]+)\1\s*\)")


class Clips:
    """Resolve ``clip-path`` of elements."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker

    def of(self, element: Element, style: Style, context: Context) -> Iterator[tuple[Shape, ...]]:
        """Yield the unions of shapes that clip an element; none without a clip path. Raises ValueError."""
        text = style["clip-path"].text if "clip-path" in style else "none"
        if text in ("none", "initial", "unset"):
            return
        match = URL.fullmatch(text)
        if match is None:
            raise ValueError(f"clip-path: {text[:60]!r} is not supported")
        target = self._walker.document.referenced(match[2])
        if self._walker.document.name(target) != "clipPath":
            raise ValueError(f"clip-path: {match[2][:60]!r} is not a clipPath")
        if target in context.used:
            raise ValueError(f"a clipPath that clips itself: {match[2][:60]!r}")
        yield from self._resolved(target, element, style, context)

    def _resolved(
        self, target: Element, element: Element, style: Style, context: Context
    ) -> Iterator[tuple[Shape, ...]]:
        self._walker.count(context.depth)
        matrix = context.matrix
        if target.get("clipPathUnits") == "objectBoundingBox":
            matrix = matrix @ self._bounding_box(element, style, context)
        inside = Context(matrix, context.viewport, in_clip=True, depth=context.depth + 1, used=(*context.used, target))
        inside = self._walker.entered(target, self._walker.styles.of(target), inside)
        yield from inside.clips  # a clipPath may be clipped itself
        inside = replace(inside, clips=())
        yield tuple(shape for child in target for shape in self._children(child, inside))

    def _children(self, child: Element, inside: Context) -> Iterator[Shape]:
        """Walk one child of a clipPath: a shape, or ``use`` of one; a group is not rendered there."""
        name = self._walker.document.name(child)
        if name in ("text", "image"):
            raise ValueError(f"<{name}> in a clipPath is not supported")
        if name in SHAPES or name == "use":
            yield from self._walker.walk(child, inside)

    def _bounding_box(self, element: Element, style: Style, context: Context) -> np.ndarray:
        """Map the unit square to an element's bounding box, in its own user space."""
        name = self._walker.document.name(element) or ""
        if name not in SHAPES:
            raise ValueError(f"clipPathUnits objectBoundingBox on <{name}> is not supported")
        rings = rings_in(name, element, style, context.viewport)
        points = np.concatenate(rings) if rings else np.zeros((1, 2))
        (x, y), (x2, y2) = points.min(axis=0), points.max(axis=0)
        return affine(x2 - x, 0, 0, y2 - y, x, y)
