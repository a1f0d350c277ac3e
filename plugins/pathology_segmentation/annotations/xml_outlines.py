"""Parse outlines in XML: the formats of Aperio ImageScope and of ASAP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

import numpy as np

from ..polygon import Shape
from ..svg.geometry import ellipse
from ..svg.lengths import number_of
from .meaning import Outline, meaning_of

FREEHAND, RECTANGLE, ELLIPSE = "0", "1", "2"  # ImageScope's types of regions
# ASAP's groups as CAMELYON uses them: _0 and _1 are tumour, _2 and "normal" are holes in it.
ASAP_TUMOUR, ASAP_HOLES = ("_0", "_1"), ("_2", "exclusion", "normal")


def outlines_in_xml(root: Element) -> Iterator[Outline]:
    """Yield the outlines of a file of either kind. Raises ValueError for anything else."""
    if root.tag == "Annotations":
        yield from _imagescope(root)
    elif root.tag == "ASAP_Annotations":
        for annotation in root.iter("Annotation"):
            yield _asap(annotation)
    else:
        raise ValueError(f"<{root.tag[:60]}>, where <svg>, <Annotations> or <ASAP_Annotations> was expected")


def _imagescope(root: Element) -> Iterator[Outline]:
    layers = [layer for layer in root.iter("Annotation") if next(layer.iter("Region"), None) is not None]
    names = [_layer_name(layer) for layer in layers]
    if len(layers) > 1 and "unnamed" in map(meaning_of, names):
        raise ValueError(f"{len(layers)} layers with outlines, not all of them named")
    for layer, name in zip(layers, names, strict=True):
        if layer.get("Visible") == "0":
            raise ValueError(f"a layer that is hidden: {name[:40]!r}")
        for region in layer.iter("Region"):
            outline = Outline(Shape(tuple(_region(region))), _region_name(region) or name)
            yield replace(outline, shape=replace(outline.shape, negative=_is_negative(region)))


def _layer_name(layer: Element) -> str:
    """Return the name of a layer: its own, or one of its attributes."""
    names = [layer.get("Name") or ""]
    for attribute in layer.iterfind("Attributes/Attribute"):
        names += [attribute.get("Value") or "", attribute.get("Name") or ""]
    return next((name for name in names if meaning_of(name) in ("cancer", "other")), names[0])


def _region_name(region: Element) -> str:
    name = region.get("Text") or ""
    return "" if meaning_of(name) == "unnamed" else name


def _is_negative(region: Element) -> bool:
    negative = region.get("NegativeROA") or "0"
    if negative not in ("0", "1"):
        raise ValueError(f"NegativeROA={negative[:40]!r}")
    return negative == "1"


def _region(region: Element) -> list[np.ndarray]:
    points = [(_number(vertex, "X"), _number(vertex, "Y")) for vertex in region.iter("Vertex")]
    ring = np.array(points, dtype=float).reshape(-1, 2)
    kind = region.get("Type") or FREEHAND
    if kind == RECTANGLE and len(ring) == 2:
        (x, y), (x2, y2) = ring
        ring = np.array([(x, y), (x2, y), (x2, y2), (x, y2)])
    elif kind == ELLIPSE and len(ring) > 1:
        (x, y), (x2, y2) = ring.min(axis=0), ring.max(axis=0)
        return ellipse((x + x2) / 2, (y + y2) / 2, (x2 - x) / 2, (y2 - y) / 2)
    elif kind not in (FREEHAND, RECTANGLE):
        raise ValueError(f"a region of type {kind[:40]!r} is not supported: it encloses no area")
    return [ring] if len(ring) > 2 else []


def _asap(annotation: Element) -> Outline:
    kind, group = annotation.get("Type") or "", (annotation.get("PartOfGroup") or "").strip()
    if kind not in ("Polygon", "Rectangle"):
        raise ValueError(f"an annotation of type {kind[:40]!r} is not supported")
    vertices = sorted(annotation.iter("Coordinate"), key=lambda vertex: _number(vertex, "Order"))
    ring = np.array([(_number(vertex, "X"), _number(vertex, "Y")) for vertex in vertices]).reshape(-1, 2)
    rings = (ring,) if len(ring) > 2 else ()
    if group.lower() in ASAP_HOLES:
        return Outline(Shape(rings, negative=True), group)
    return Outline(Shape(rings), "tumour" if group in ASAP_TUMOUR else group)


def _number(element: Element, name: str) -> float:
    text = (element.get(name) or "").strip()
    try:
        return number_of(text)
    except ValueError:
        raise ValueError(f"{name}={text[:40]!r} is not a number") from None
