"""Read images that are decoded as a whole: png, jpg, bmp, webp, gif and JPEG 2000."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from kit.images import check_image

from .colour import ColourModel, depth_of

FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF", "JPEG2000", "PPM")
ORIENTATION = 0x0112  # EXIF's tag
TURNED = (5, 6, 7, 8)  # orientations that exchange height and width


def picture_size(path: Path) -> tuple[int, int]:
    """Read height and width, after rotation by the orientation tag, from the header. Raises ValueError or OSError."""
    with opened(path) as image:
        sides = image.height, image.width
        return sides[::-1] if orientation(image) in TURNED else sides


def read_picture(path: Path) -> np.ndarray:
    """Decode a picture as uint8 RGB (H, W, 3), transparent pixels over white. Raises ValueError or OSError.

    Raises SampleError for a truncated or damaged file.
    """
    from PIL import ImageOps

    check_image(path.read_bytes(), path)  # checksums, and the warnings of the JPEG decoder
    with opened(path) as image:
        if _deep_colours(path):
            return oriented(_rgb_of_16_bits(path), orientation(image))
        if image.mode.startswith("I;16"):
            samples = np.asarray(image)[..., None]
            return oriented(ColourModel("grey").to_rgb(samples, depth_of(int(samples.max()))), orientation(image))
        if image.mode in ("I", "F", "LAB", "HSV"):
            raise ValueError(f"pixels of the kind {image.mode}, where 8 or 16 bits of grey or RGB were expected")
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode == "CMYK" and upright.info.get("icc_profile"):
            model = ColourModel("cmyk", profile=upright.info["icc_profile"])
            return model.to_rgb(np.asarray(upright), 8)
        if upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info:
            return ColourModel("rgb", alpha="unassociated").to_rgb(np.asarray(upright.convert("RGBA")), 8)
        return np.asarray(upright.convert("RGB"))


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a picture of a known format, its header read. Raises ValueError or OSError."""
    from PIL import Image, ImageFile

    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise ValueError("Pillow is set to load truncated images, so damage would not be found")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the caller checks the size
        try:
            image = Image.open(path, formats=FORMATS)
        except (Image.DecompressionBombError, SyntaxError, struct.error) as error:
            raise ValueError(str(error)) from None
    with image:
        if getattr(image, "is_animated", False):
            raise ValueError("several pictures in one file")
        try:
            yield image
        except (SyntaxError, struct.error, Image.DecompressionBombError) as error:
            raise ValueError(str(error)) from None


def orientation(image: Any) -> int:
    """Return EXIF's orientation, 1 where there is none."""
    found = image.getexif().get(ORIENTATION, 1)
    return int(found) if found in range(1, 9) else 1


def oriented(pixels: np.ndarray, kind: int) -> np.ndarray:
    """Rotate and reflect stored pixels (H, W, C) according to an orientation tag of TIFF or EXIF, 1 to 8."""
    if kind in TURNED:
        pixels = pixels.swapaxes(0, 1)
    if kind in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if kind in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _deep_colours(path: Path) -> bool:
    """Return whether a file is a PNG of several 16-bit channels, which Pillow would reduce to 8 bits."""
    with path.open("rb") as file:
        head = file.read(26)
    return head[:8] == b"\x89PNG\r\n\x1a\n" and head[24:26] in (b"\x10\x02", b"\x10\x04", b"\x10\x06")


def _rgb_of_16_bits(path: Path) -> np.ndarray:
    import imagecodecs

    try:
        samples = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    except imagecodecs.PngError as error:
        raise ValueError(str(error)) from None
    channels = samples.shape[2]
    model = ColourModel("grey" if channels < 3 else "rgb", alpha="none" if channels % 2 else "unassociated")
    colours = samples if model.alpha == "none" else samples[..., :-1]
    return model.to_rgb(samples, depth_of(int(colours.max())))
