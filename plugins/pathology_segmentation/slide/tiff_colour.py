"""Derive the colour model of a tiff page from its tags. Raises ValueError if it is ambiguous or not supported."""

from __future__ import annotations

from typing import Any

import numpy as np

from .colour import CHANNELS, UNKNOWN, Alpha, ColourModel, Space
from .tiff import APERIO_YCBCR, JPEG, JPEG_2000, Tiff

WEBP = 50001
SPACES: dict[int, Space] = {
    0: "inverse grey",
    1: "grey",
    2: "rgb",
    3: "palette",
    5: "cmyk",
    6: "ycbcr",
    8: "lab",
}
ALPHAS: dict[int, Alpha] = {0: "unspecified", 1: "associated", 2: "unassociated"}
COEFFICIENTS, REFERENCES, INKS, COLOUR_MAP, PROFILE, LARGEST_VALUE = 529, 532, 332, 320, 34675, 281
BT_601 = (0.299, 0.587, 0.114)
FULL_RANGE = (0, 255, 128, 255, 128, 255)


def colour_model(tiff: Tiff) -> ColourModel:
    """Derive the colour model of a tiff page. Raises ValueError."""
    page = tiff.page
    if tiff.more_pages:
        return ColourModel("rgb", _bits(page))
    photometric = int(page.photometric)
    space = SPACES.get(photometric)
    if space is None:
        raise ValueError(f"colours of the kind {getattr(page.photometric, 'name', photometric)}")
    bits = _bits(page)
    space = _decoded_space(page, space)
    extra = page.samplesperpixel - CHANNELS[space]
    if extra not in (0, 1) or (extra and space not in ("grey", "rgb")):
        raise ValueError(f"{page.samplesperpixel} channels of {_name(page)}: which of them are colours is not certain")
    alpha: Alpha = "none"
    if extra:
        alpha = ALPHAS[int(page.extrasamples[0]) if page.extrasamples else 0]
    if (space in ("cmyk", "ycbcr", "lab") and bits != 8) or (space == "rgb" and 0 < bits < 8):
        raise ValueError(f"{_name(page)} of {page.bitspersample} bits")
    if space == "cmyk" and _tag(page, INKS, 1) != 1:
        raise ValueError("inks other than cyan, magenta, yellow and black")
    palette = colour_map(page).tobytes() if space == "palette" else b""
    profile = bytes(_tag(page, PROFILE, b"")) if space == "cmyk" else b""
    return ColourModel(space, bits, alpha, palette, profile)


def _bits(page: Any) -> int:
    """Return how many bits a sample uses; ``UNKNOWN`` if that depends on the values."""
    kind, bits = np.dtype(page.dtype), page.bitspersample
    if kind.kind not in "bu" or kind.itemsize > 2 or not isinstance(bits, int):
        raise ValueError(f"samples of the kind {kind}, where 8 or 16 bits without a sign were expected")
    if bits != 16:
        return bits
    largest = _tag(page, LARGEST_VALUE, 65535)
    largest = max(largest) if isinstance(largest, tuple) else int(largest)
    return int(largest).bit_length() if largest + 1 in (1 << bits for bits in range(8, 16)) else UNKNOWN


def _decoded_space(page: Any, space: Space) -> Space:
    """Return the colour space after decoding: JPEG and WebP decode to RGB, JPEG 2000 to what was stored."""
    if page.compression == JPEG and space in ("cmyk", "lab", "palette", "inverse grey"):
        raise ValueError(f"JPEG of {_name(page)}")
    if page.compression in (JPEG, WEBP) and space == "ycbcr":
        return "rgb"
    if page.compression == APERIO_YCBCR:
        if page.is_subsampled or page.samplesperpixel != 3:
            raise ValueError("JPEG 2000 with fewer samples of colour")
        return "ycbcr"
    if page.compression in JPEG_2000 and space == "ycbcr":
        raise ValueError("JPEG 2000 of YCbCr")
    if space == "ycbcr":
        _refuse_other_ycbcr(page)
    return space


def _refuse_other_ycbcr(page: Any) -> None:
    coefficients = _rationals(_tag(page, COEFFICIENTS, None), BT_601)
    references = _rationals(_tag(page, REFERENCES, None), FULL_RANGE)
    if page.is_subsampled:
        raise ValueError("YCbCr with fewer samples of colour, without JPEG")
    if not np.allclose(coefficients, BT_601, atol=1e-3) or not np.allclose(references, FULL_RANGE, atol=0.5):
        raise ValueError("YCbCr with coefficients of its own")


def _rationals(values: Any, default: tuple[float, ...]) -> tuple[float, ...]:
    """Read pairs of numerator and denominator."""
    if values is None or len(values) != 2 * len(default):
        return default if values is None else (float("nan"),) * len(default)
    return tuple(a / b if b else float("nan") for a, b in zip(values[::2], values[1::2], strict=True))


def colour_map(page: Any) -> np.ndarray:
    """Read the colours of a page's palette: uint8 (N, 3)."""
    values = _tag(page, COLOUR_MAP, None)
    if values is None or page.bitspersample > 8:
        raise ValueError("a palette without colours")
    colours = np.asarray(values).reshape(3, -1).T  # 16 bits per colour; some writers use only 8 of them
    return np.ascontiguousarray(colours if colours.max() < 256 else colours >> 8).astype(np.uint8)


def _tag(page: Any, code: int, default: Any) -> Any:
    return page.tags[code].value if code in page.tags else default


def _name(page: Any) -> str:
    return str(getattr(page.photometric, "name", page.photometric)).lower()
