"""Walk an SVG document as a renderer does, and collect the shapes that it shows.

Groups, nested ``svg``, ``use`` with ``symbol``, ``switch``, transforms, styles and clip paths are supported. Anything
else that could hide, move or add area raises a ValueError with its name. Elements without an area of their own (text,
background images, markers) are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

import numpy as np

from ..polygon import Shape
from .clip import Clips
from .context import Context, moved, style_text, with_style
from .css import Style, Styles
from .document import DEEPEST, Document, href_of
from .geometry import SHAPES, length, lengths, rings_in
from .transforms import translation
from .viewport import fitted, view_box_of

MOST_ELEMENTS = 200_000
UNDRAWN = frozenset(
    {
        *("defs", "clipPath", "mask", "pattern", "symbol", "marker", "metadata", "style", "title", "desc"),
        *("linearGradient", "radialGradient", "solidcolor", "filter", "view", "cursor", "color-profile"),
        *("font", "font-face", "glyph", "missing-glyph", "text", "tspan", "textPath", "altGlyph", "flowRoot", "tref"),
    }
)
ANIMATIONS = frozenset({"animate", "animateColor", "animateTransform", "animateMotion", "set", "discard"})
CONTAINERS = frozenset({"g", "a", "svg", "symbol"})
DRAWING = CONTAINERS | frozenset(SHAPES) | {"use", "switch", "line", "image", "foreignObject"}


class Walker:
    """Walk one document. Visited elements are counted, because references can multiply them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.styles = Styles(document)
        self.images = 0
        self.pieces = 0  # lines of two points
        self._visited = 0
        self._clips = Clips(self)

    def walk(self, element: Element, context: Context) -> Iterator[Shape]:
        """Yield the visible shapes of an element and its descendants."""
        name = self.document.name(element)
        if name is None or name in UNDRAWN:
            return
        self.count(context.depth)
        self._refuse_unsupported(name, element)
        style = self.styles.of(element)
        if name.startswith(":") or not _conditions_hold(element) or style_text(style, "display") == "none":
            return
        if name in ("image", "script"):
            self.images += name == "image"
            return
        context = self.entered(element, style, context)
        if name in SHAPES:
            yield from self._shape(name, element, style, context)
        elif name == "line":
            if context.visible:
                raise ValueError("<line> encloses no area: draw the outline as one polygon")
        elif name == "use":
            yield from self._use(element, style, context)
        elif name == "svg":
            yield from self._nested(element, style, context, None)
        elif name == "switch":
            yield from self._switch(element, context)
        else:
            yield from self.children(element, context)

    def children(self, element: Element, context: Context) -> Iterator[Shape]:
        """Walk the children of an element."""
        for child in element:
            yield from self.walk(child, replace(context, depth=context.depth + 1))

    def count(self, depth: int) -> None:
        """Count a visited element. Raises ValueError for too many or too deep ones."""
        self._visited += 1
        if depth > DEEPEST:
            raise ValueError(f"elements nested more than {DEEPEST} deep")
        if self._visited > MOST_ELEMENTS:
            raise ValueError(f"more than {MOST_ELEMENTS:,} elements")

    def entered(self, element: Element, style: Style, context: Context) -> Context:
        """Apply an element's own transform, clip path and inherited properties."""
        context = with_style(context, style)
        return replace(context, clips=(*context.clips, *self._clips.of(element, style, context)))

    def _refuse_unsupported(self, name: str, element: Element) -> None:
        plain = name.removeprefix(":")
        if name != plain and plain in DRAWING | {"link"}:
            raise ValueError(f"<{plain}> outside of SVG's namespace")
        if name in ANIMATIONS and element.get("attributeName", "transform") not in (
            "stroke",
            "fill",
            "stroke-dashoffset",
        ):
            raise ValueError(f"<{name}>: an outline that moves")
        if name == plain and name not in DRAWING | ANIMATIONS | {"script"}:
            raise ValueError(f"<{name}> is not supported")
        if name in ("foreignObject", "script") and _conditions_hold(element):
            raise ValueError(f"<{name}> is not supported")

    def _shape(self, name: str, element: Element, style: Style, context: Context) -> Iterator[Shape]:
        if not context.visible:
            return
        rings = rings_in(name, element, style, context.viewport)
        self.pieces += sum(len(ring) == 2 for ring in rings)
        # Fewer than three points enclose no area; annotation tools leave them after a stray click.
        enclosing = tuple(moved(ring, context.matrix) for ring in rings if len(ring) > 2)
        if enclosing:
            yield Shape(enclosing, context.clip_rule if context.in_clip else context.fill_rule, context.clips)

    def _use(self, element: Element, style: Style, context: Context) -> Iterator[Shape]:
        target = self.target(element, context)
        x, y = lengths(style, ("x", "y"), context.viewport)
        context = replace(
            context,
            matrix=context.matrix @ translation(x, y),
            depth=context.depth + 1,
            used=(*context.used, target),
        )
        name = self.document.name(target)
        if name not in ("symbol", "svg"):
            yield from self.walk(target, context)
            return
        self.count(context.depth)
        inner = self.styles.of(target)
        if style_text(inner, "display") != "none":
            yield from self._nested(target, inner, self.entered(target, inner, context), style)

    def target(self, element: Element, context: Context) -> Element:
        """Return the element that ``use`` refers to. Raises ValueError for a missing element and for a cycle."""
        if not href_of(element):
            raise ValueError("<use> without a reference")
        target = self.document.referenced(href_of(element))
        if target in context.used:
            raise ValueError(f"<use> that shows itself: {href_of(element)[:60]!r}")
        return target

    def _nested(self, element: Element, style: Style, context: Context, user: Style | None) -> Iterator[Shape]:
        """Walk a nested ``svg`` or ``symbol``; a ``use`` may set another size."""
        given = {name: value for name, value in (user or {}).items() if name in ("width", "height")}
        sized: Style = {**style, **{name: value for name, value in given.items() if value.text != "auto"}}
        x, y = lengths(style, ("x", "y"), context.viewport)
        own_width, own_height = (length(sized, name, context.viewport) for name in ("width", "height"))
        width = context.viewport[0] if own_width is None else own_width
        height = context.viewport[1] if own_height is None else own_height
        if not width or not height:
            return
        clips = context.clips
        if style_text(style, "overflow") not in ("visible", "auto"):
            frame = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
            clips = (*clips, (Shape((moved(frame, context.matrix),)),))
        box = view_box_of(element.get("viewBox"))
        if box is None:
            matrix, viewport = context.matrix @ translation(x, y), (width, height)
        else:
            matrix = context.matrix @ fitted(box, element.get("preserveAspectRatio"), x, y, width, height)
            viewport = box.width, box.height
        yield from self.children(element, replace(context, matrix=matrix, viewport=viewport, clips=clips))

    def _switch(self, element: Element, context: Context) -> Iterator[Shape]:
        """Walk the first child whose conditions hold."""
        for child in element:
            name = self.document.name(child)
            if name is None or name.startswith(":") or name in ("title", "desc", "metadata", "style", "defs"):
                continue
            if _conditions_hold(child):
                yield from self.walk(child, replace(context, depth=context.depth + 1))
                return


def _conditions_hold(element: Element) -> bool:
    """Return whether an element is rendered: no extension is supported, every feature of SVG 1.1 is."""
    if element.get("systemLanguage") is not None:
        raise ValueError("systemLanguage: what is shown depends on the reader's language")
    return not (element.get("requiredExtensions") or "").strip()
