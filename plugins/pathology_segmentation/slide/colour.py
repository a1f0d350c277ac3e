"""Convert stored pixels to 8-bit RGB.

Colour spaces, bit depths and channels whose meaning is ambiguous raise a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

Space = Literal["grey", "inverse grey", "rgb", "palette", "cmyk", "ycbcr", "lab"]
Alpha = Literal["none", "associated", "unassociated", "unspecified"]

CHANNELS: dict[Space, int] = {
    **{"grey": 1, "inverse grey": 1, "palette": 1},
    **{"rgb": 3, "ycbcr": 3, "lab": 3, "cmyk": 4},
}
UNKNOWN = 0  # a depth of 16 bits, of which fewer may be used
DEPTHS = (8, 10, 12, 14, 16)


@dataclass(frozen=True)
class ColourModel:
    """What the samples of a pixel mean."""

    space: Space
    bits: int = 8
    """Bits that a sample uses; 0: as many as the image's largest value needs."""
    alpha: Alpha = "none"
    palette: bytes = b""
    """256 colours or fewer, three bytes each."""
    profile: bytes = b""
    """The ICC profile of CMYK."""

    def to_rgb(self, pixels: np.ndarray, depth: int) -> np.ndarray:
        """Convert pixels (H, W, C) whose samples use ``depth`` bits to uint8 RGB (H, W, 3). Raises ValueError."""
        channels = CHANNELS[self.space]
        expected = channels + (self.alpha != "none")
        if pixels.ndim != 3 or pixels.shape[2] != expected:
            raise ValueError(f"pixels of shape {pixels.shape}, where {expected} channels were expected")
        if self.space == "palette":
            return self._from_palette(pixels[..., 0])
        colour = CONVERTED[self.space](self, to_bytes(pixels[..., :channels], depth))
        if self.alpha == "none":
            return np.ascontiguousarray(colour)
        alpha = pixels[..., channels]
        if depth < 16 and alpha.dtype == np.uint16 and alpha.size and int(alpha.max()) >= 1 << depth:
            depth = 16  # alpha may use all 16 bits while the colours use fewer
        return self._over_glass(np.ascontiguousarray(colour), to_bytes(alpha, depth))

    def _from_palette(self, index: np.ndarray) -> np.ndarray:
        colours = np.frombuffer(self.palette, np.uint8).reshape(-1, 3)
        if index.size and int(index.max()) >= len(colours):
            raise ValueError(f"colour {int(index.max())} of a palette of {len(colours)}")
        return np.asarray(colours[index])

    def _over_glass(self, colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """Blend colours with white, the colour of empty glass."""
        if (alpha == 255).all():
            return colour
        if self.alpha == "unspecified":
            raise ValueError("a further channel of unknown meaning")
        opaque = alpha[..., None].astype(np.uint16)
        if self.alpha == "associated":
            return np.minimum(colour + (255 - opaque), 255).astype(np.uint8)
        return ((colour * opaque + 255 * (255 - opaque) + 127) // 255).astype(np.uint8)


def to_bytes(pixels: np.ndarray, depth: int) -> np.ndarray:
    """Scale samples of ``depth`` bits to 8. Raises ValueError for a value that needs more bits."""
    if pixels.size and int(pixels.max()) >= 1 << depth:
        raise ValueError(f"a value of {int(pixels.max())} in {depth} bits")
    if depth > 8:
        return np.asarray((pixels >> (depth - 8)).astype(np.uint8))
    if depth < 8:
        return np.asarray((pixels.astype(np.uint16) * 255 // ((1 << depth) - 1)).astype(np.uint8))
    return pixels.astype(np.uint8, copy=False)


def depth_of(largest: int) -> int:
    """Infer how many of 16 bits are used from the largest value of the whole image. Raises ValueError.

    Cameras of 10, 12 and 14 bits, and 8-bit images, are often stored in 16 bits. Stained tissue on glass has bright
    pixels, so the largest value is in the upper half of the used range; otherwise the depth is ambiguous.
    """
    if not largest:
        return 8
    depth = next(bits for bits in DEPTHS if largest < 1 << bits)
    if largest < 1 << (depth - 1):
        raise ValueError(f"16 bits, of which the values use an unknown part: the largest is {largest}")
    return depth


def _grey(model: ColourModel, pixels: np.ndarray) -> np.ndarray:
    return np.repeat(pixels, 3, axis=2)


def _inverse_grey(model: ColourModel, pixels: np.ndarray) -> np.ndarray:
    return np.repeat(255 - pixels, 3, axis=2)


def _rgb(model: ColourModel, pixels: np.ndarray) -> np.ndarray:
    return pixels


def _cmyk(model: ColourModel, pixels: np.ndarray) -> np.ndarray:
    """Convert by the ICC profile if there is one, else with ideal inks."""
    if model.profile:
        return _by_profile(pixels, "CMYK", model.profile)
    light = 255 - pixels.astype(np.uint16)
    return ((light[..., :3] * light[..., 3:] + 127) // 255).astype(np.uint8)


def _ycbcr(model: ColourModel, pixels: np.ndarray) -> np.ndarray:
    """Convert by ITU-R BT.601, full range, as JPEG does."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB))


def _lab(model: ColourModel, pixels: np.ndarray) -> np.ndarray:
    """Convert CIE L*a*b* (D50), L from 0 to 255, a and b as signed bytes."""
    return _by_profile(pixels, "LAB", b"")


def _by_profile(pixels: np.ndarray, mode: str, profile: bytes) -> np.ndarray:
    """Convert with Little CMS: CMYK by a profile from the file, L*a*b* by its definition."""
    import io

    from PIL import Image, ImageCms

    height, width = pixels.shape[:2]
    image = Image.frombytes(mode, (width, height), np.ascontiguousarray(pixels).tobytes())
    source: Any = io.BytesIO(profile) if profile else ImageCms.createProfile("LAB")
    try:
        found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError(f"a colour profile that cannot be used: {error}") from None
    return np.asarray(found)


CONVERTED = {
    "grey": _grey,
    "inverse grey": _inverse_grey,
    "rgb": _rgb,
    "cmyk": _cmyk,
    "ycbcr": _ycbcr,
    "lab": _lab,
}
