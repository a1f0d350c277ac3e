"""Read the outlines of an SVG file as shapes in pixels of its slide.

An outline means the area inside it, whatever its stroke and fill; an open one is closed.
"""

from __future__ import annotations

from pathlib import Path

from kit import SampleError

from ..annotations.outline_file import checked_shapes, read_xml
from ..polygon import Shape
from .context import Context, style_text
from .document import Document
from .viewport import canvas, own_size, view_box_of
from .walk import Walker


def read_svg(path: Path, height: int, width: int) -> tuple[Shape, ...]:
    """Read the outlines on a slide of this size; none means no cancer. Raises SampleError that names the file."""
    document = Document(read_xml(path))
    if document.root_name != "svg" or document.name(document.root) != "svg":
        raise SampleError("an outline file is not SVG", expected="<svg>", found=f"<{document.root_name}>", where=path)
    return checked_shapes(path, lambda: _shapes(document, height, width), height, width)


def _shapes(document: Document, height: int, width: int) -> list[Shape]:
    walker, root = Walker(document), document.root
    style = walker.styles.of(root)
    if style_text(style, "transform") not in ("", "none"):
        raise ValueError("a transform of the whole drawing")
    if style_text(style, "display") == "none":
        return []
    size = own_size(style_text(style, "width"), style_text(style, "height"))
    ratio = root.get("preserveAspectRatio")
    matrix, viewport = canvas(view_box_of(root.get("viewBox")), ratio, size, height, width)
    context = walker.entered(root, style, Context(matrix, viewport))
    shapes = list(walker.children(root, context))
    if not shapes and walker.images:
        raise ValueError("an image and no outline: is the image a mask? Save it as PNG")
    if walker.pieces > 2:
        raise ValueError(f"{walker.pieces} lines of two points, which enclose no area: draw the outline as one polygon")
    return shapes
