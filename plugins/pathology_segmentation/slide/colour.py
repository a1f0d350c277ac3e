"""Pixels as they are stored in a file to RGB of 8 bits, or a ValueError that says why not.

Nothing is guessed: a colour space, a depth or a channel whose meaning is not certain is refused.
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
        pixels = to_bytes(pixels, depth)
        colour = np.ascontiguousarray(CONVERTED[self.space](self, pixels[..., :channels]))
        return colour if self.alpha == "none" else self._over_glass(colour, pixels[..., channels])

    def _from_palette(self, index: np.ndarray) -> np.ndarray:
        colours = np.frombuffer(self.palette, np.uint8).reshape(-1, 3)
        if index.size and int(index.max()) >= len(colours):
            raise ValueError(f"colour {int(index.max())} of a palette of {len(colours)}")
        return np.asarray(colours[index])

    def _over_glass(self, colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """Lay colours over white, the colour of empty glass, as opaque as alpha says."""
        if (alpha == 255).all():
            return colour
        if self.alpha == "unspecified":
            raise ValueError("a further channel of unknown meaning")
        opaque = alpha[..., None].astype(np.uint16)
        if self.alpha == "associated":
            return np.minimum(colour + (255 - opaque), 255).astype(np.uint8)
        return ((colour * opaque + 255 * (255 - opaque) + 127) // 255).astype(np.uint8)


def to_bytes(pixels: np.ndarray, depth: int) -> np.ndarray:
    """Scale samples of ``depth`` bits to 8."""
    if depth > 8:
        return np.asarray((pixels >> (depth - 8)).astype(np.uint8))
    if depth < 8:
        return np.asarray((pixels.astype(np.uint16) * 255 // ((1 << depth) - 1)).astype(np.uint8))
    return pixels.astype(np.uint8, copy=False)


def depth_of(largest: int) -> int:
    """Say how many bits are used of 16, from the largest value of the whole image. Raises ValueError.

    Cameras of 10, 12 and 14 bits, and 8-bit images, are often stored in 16 bits. Stained tissue on glass has bright
    pixels, so the largest value is in the upper half of the range that is used; below that the depth is unclear.
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
    """Convert by the profile of the inks where there is one, else as amounts of ideal inks."""
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
