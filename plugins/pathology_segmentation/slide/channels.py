"""Recognise RGB that is stored as three grey pages by ImageJ or in OME-TIFF."""

from __future__ import annotations

from typing import Any

import numpy as np

RED_GREEN_BLUE = (0xFF0000, 0x00FF00, 0x0000FF)
OME = "{http://www.openmicroscopy.org/Schemas/OME/"


def rgb_pages(file: Any, pages: list[Any]) -> list[Any]:
    """Return the pages of red, green and blue, or an empty list.

    Without metadata three pages may be layers or time steps, so only declared channels are accepted.
    """
    if len(pages) != 3 or any(page.samplesperpixel != 1 or int(page.photometric) != 1 for page in pages):
        return []
    if len({(page.shape, page.dtype, page.bitspersample) for page in pages}) != 1:
        return []
    first = pages[0].description or ""
    return pages if _by_imagej(file, first) or _by_ome(first) else []


def _by_imagej(file: Any, description: str) -> bool:
    if not description.startswith("ImageJ="):
        return False
    metadata = file.imagej_metadata or {}
    if int(metadata.get("channels", 0)) != 3 or metadata.get("mode") not in ("composite", "color"):
        return False
    tables = metadata.get("LUTs", [])
    return not tables or (
        len(tables) == 3 and all(_is_ramp(np.asarray(table), channel) for channel, table in enumerate(tables))
    )


def _is_ramp(table: np.ndarray, channel: int) -> bool:
    expected = np.zeros((3, 256))
    expected[channel] = np.arange(256)
    return table.shape == (3, 256) and bool((table == expected).all())


def _by_ome(description: str) -> bool:
    """Return whether OME's XML declares three channels without colours or in red, green and blue."""
    import defusedxml
    from defusedxml.ElementTree import fromstring

    if "<OME" not in description:
        return False
    try:
        root = fromstring(description.encode(), forbid_dtd=True)
    except (defusedxml.DefusedXmlException, SyntaxError, ValueError):
        return False
    pixels = [element for element in root.iter() if str(element.tag).startswith(OME) and _local(element) == "Pixels"]
    if len(pixels) != 1 or [pixels[0].get(f"Size{axis}") for axis in "CZT"] != ["3", "1", "1"]:
        return False
    channels = [element for element in pixels[0] if _local(element) == "Channel"]
    colours = [element.get("Color") for element in channels]
    if not any(colours):
        return True
    try:
        return tuple(int(colour or "x") >> 8 & 0xFFFFFF for colour in colours) == RED_GREEN_BLUE
    except ValueError:
        return False


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
