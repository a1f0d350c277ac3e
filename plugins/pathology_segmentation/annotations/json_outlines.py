"""Parse outlines in JSON: LabelMe's format, and GeoJSON as QuPath writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..polygon import Shape
from ..svg.geometry import ellipse
from .meaning import Outline

DEEPEST = 20
GEOMETRIES = ("Feature", "FeatureCollection", "Polygon", "MultiPolygon", "GeometryCollection")


def outlines_in_json(content: Any, height: int, width: int) -> Iterator[Outline]:
    """Yield the outlines of a file of either kind. Raises ValueError for anything else."""
    if isinstance(content, dict) and isinstance(content.get("shapes"), list):
        yield from _labelme(content, height, width)
    elif isinstance(content, list) or (isinstance(content, dict) and content.get("type") in GEOMETRIES):
        yield from _geojson(content, "", 0)
    else:
        raise ValueError("neither a file of LabelMe nor GeoJSON")


def _labelme(content: dict[str, Any], height: int, width: int) -> Iterator[Outline]:
    size = content.get("imageWidth"), content.get("imageHeight")
    if any(own is not None and own != side for own, side in zip(size, (width, height), strict=True)):
        raise ValueError(f"drawn on an image of {size[0]} x {size[1]}, on a slide of {width} x {height}")
    for shape in content["shapes"]:
        if not isinstance(shape, dict):
            raise ValueError("a shape that is not an object")
        kind = shape.get("shape_type") or "polygon"
        points = _points(shape.get("points"))
        if kind == "polygon":
            rings = [points]
        elif kind == "rectangle" and len(points) == 2:
            (x, y), (x2, y2) = points
            rings = [np.array([(x, y), (x2, y), (x2, y2), (x, y2)])]
        elif kind == "rectangle" and len(points) == 4:
            rings = [points]
        elif kind == "circle" and len(points) == 2:
            radius = float(np.hypot(*(points[1] - points[0])))
            rings = ellipse(points[0][0], points[0][1], radius, radius)
        else:
            raise ValueError(f"a shape of the kind {str(kind)[:40]!r} with {len(points)} points is not supported")
        yield _outline(rings, shape.get("label"))


def _geojson(content: Any, name: str, depth: int) -> Iterator[Outline]:
    if depth > DEEPEST:
        raise ValueError(f"objects nested more than {DEEPEST} deep")
    if isinstance(content, list):
        for item in content:
            yield from _geojson(item, name, depth + 1)
        return
    if not isinstance(content, dict):
        raise ValueError("a feature that is not an object")
    kind = content.get("type")
    if kind == "FeatureCollection":
        yield from _geojson(_list(content.get("features")), name, depth + 1)
    elif kind == "Feature":
        yield from _geojson(content.get("geometry"), _name(content.get("properties")), depth + 1)
    elif kind == "GeometryCollection":
        yield from _geojson(_list(content.get("geometries")), name, depth + 1)
    elif kind == "Polygon":
        yield _outline([_points(ring) for ring in _list(content.get("coordinates"))], name)
    elif kind == "MultiPolygon":
        for polygon in _list(content.get("coordinates")):
            yield _outline([_points(ring) for ring in _list(polygon)], name)
    else:
        raise ValueError(f"a geometry of the kind {str(kind)[:40]!r} is not supported")


def _name(properties: Any) -> str:
    """Find the name of an object: its class in QuPath, or what other tools call it."""
    if not isinstance(properties, dict):
        return ""
    found = properties.get("classification")
    if isinstance(found, dict):
        found = found.get("name") or " ".join(str(name) for name in _list(found.get("names") or []))
    for name in ("label", "class", "classification_name", "name"):
        found = found or properties.get(name)
    return found if isinstance(found, str) else ""


def _outline(rings: list[np.ndarray], name: Any) -> Outline:
    # Fewer than three points enclose no area; annotation tools leave them after a stray click.
    enclosing = tuple(ring for ring in rings if len(ring) > 2)
    if name is not None and not isinstance(name, str):
        raise ValueError(f"a label that is not text: {str(name)[:40]}")
    return Outline(Shape(enclosing), name or "")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{str(value)[:40]!r}, where a list was expected")
    return value


def _points(value: Any) -> np.ndarray:
    """Convert a list of [x, y] or [x, y, z] to (P, 2)."""
    points = []
    for point in _list(value):
        if not isinstance(point, list) or len(point) not in (2, 3) or not all(map(_is_number, point)):
            raise ValueError(f"{str(point)[:40]!r} is not a point")
        points.append((float(point[0]), float(point[1])))
    return np.array(points, dtype=float).reshape(-1, 2)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
