"""Parse outline files within limits, and check that their outlines lie on the slide."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

import numpy as np

from kit import SampleError

from ..polygon import Shape, check_shapes

LARGEST_XML = 32 << 20  # bytes
LARGEST_JSON = 64 << 20  # LabelMe stores the image itself too
SLACK = 0.01  # an outline may leave the slide by this fraction of its side: hand-drawn outlines overshoot


def checked_shapes(path: Path, shapes: Callable[[], Iterable[Shape]], height: int, width: int) -> tuple[Shape, ...]:
    """Call ``shapes``, which may raise ValueError, and check what it returns.

    Raises SampleError that names the file.
    """
    try:
        with np.errstate(all="ignore"):  # values that are not finite are refused below
            found = tuple(shapes())
        outside = check_shapes(found, height, width, max(2.0, SLACK * max(height, width)))
    except (ValueError, OverflowError) as error:
        remedy = "correct the file, or save the outlines as plain polygons"
        raise SampleError("an outline is malformed or not supported", found=error, where=path, remedy=remedy) from None
    if outside:
        remedy = "is this the outline of another slide?"
        raise SampleError("an outline leaves the slide", found=outside, where=path, remedy=remedy)
    return found


class _Builder(TreeBuilder):
    """Refuse references to external style sheets."""

    def pi(self, target: str, data: str | None = None) -> Any:
        if target.lower() == "xml-stylesheet":
            raise ValueError("a style sheet in another file")


def read_xml(path: Path) -> Element:
    """Parse an XML file without entities; return its root. Raises SampleError that names the file."""
    import defusedxml
    from defusedxml.ElementTree import DefusedXMLParser

    try:
        # A plain document type, as editors write it, is not looked up; entities of any kind are refused.
        parser = DefusedXMLParser(target=_Builder(), forbid_entities=True, forbid_external=True)
        parser.feed(_content(path, LARGEST_XML))
        root: Element = parser.close()
    except defusedxml.DefusedXmlException as error:
        remedy = "save the outlines again as a plain SVG; entities are never expanded"
        found = f"{type(error).__name__}"
        raise SampleError("an outline file defines XML entities", found=found, where=path, remedy=remedy) from None
    except (ParseError, OSError, LookupError, ValueError) as error:
        _refuse(path, error)
    return root


def read_json(path: Path) -> Any:
    """Parse a JSON file without duplicate names and without NaN. Raises SampleError."""
    try:
        return json.loads(
            _content(path, LARGEST_JSON).decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_number
        )
    except (OSError, ValueError, RecursionError) as error:
        _refuse(path, error)


def _content(path: Path, largest: int) -> bytes:
    if path.stat().st_size > largest:
        raise ValueError(f"a file of more than {largest:,} bytes")
    return path.read_bytes()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that occurs twice in one object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _refuse(path: Path, error: Exception) -> NoReturn:
    raise SampleError("an outline file cannot be read", found=error, where=path, remedy="download it again") from None
