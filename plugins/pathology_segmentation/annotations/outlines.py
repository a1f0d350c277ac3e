"""Read the outlines of a file in any of the supported formats."""

from __future__ import annotations

from pathlib import Path

from ..polygon import Shape
from ..svg import read_svg
from .json_outlines import outlines_in_json
from .meaning import cancer_among
from .outline_file import checked_shapes, read_json, read_xml
from .xml_outlines import outlines_in_xml

JSON = (".json", ".geojson")


def read_outlines(path: Path, height: int, width: int) -> tuple[Shape, ...]:
    """Read the outlines of cancer on a slide of this size; none means no cancer. Raises SampleError."""
    suffix = path.suffix.lower()
    if suffix == ".svg":
        return read_svg(path, height, width)
    if suffix in JSON:
        content = read_json(path)
        return checked_shapes(path, lambda: cancer_among([*outlines_in_json(content, height, width)]), height, width)
    root = read_xml(path)
    return checked_shapes(path, lambda: cancer_among([*outlines_in_xml(root)]), height, width)
