"""Image files to pixels: uint8 RGB, upright, nothing damaged and nothing larger than allowed."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from kit.errors import SampleError
from kit.images.header import AGAIN, MODES, ImageHeader, opened, read_header
from kit.images.integrity import check_png, decode_jpeg

LARGEST = 1 << 26  # pixels: 8192 x 8192


def read_image(path: Path, *, shortest: int = 0, largest: int = LARGEST, background: int = 255) -> np.ndarray:
    """Read an image file as uint8 (H, W, 3) RGB; see :func:`decode_image`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SampleError("the image cannot be read", found=error.strerror or error, where=path) from None
    return decode_image(data, path, shortest=shortest, largest=largest, background=background)


def decode_image(
    data: bytes, where: Path | str, *, shortest: int = 0, largest: int = LARGEST, background: int = 255
) -> np.ndarray:
    """Decode an image as uint8 (H, W, 3) RGB, turned as its orientation tag says.

    With ``shortest`` above 0 a JPEG file is decoded at a half, a quarter or an eighth of its size where its shorter
    side then still has so many pixels: in a fraction of the time, from the low frequencies of its blocks.
    Transparent pixels lie on ``background``, white or another grey value. Raises
    SampleError, with the file's name, for a damaged image, more than ``largest`` pixels (before anything is decoded),
    several frames, and pixels that are not 8-bit grey, palette or RGB.
    """
    header = read_header(data, where)
    refuse_unfit(header, where, largest)
    if header.kind == "jpeg":
        factor = next((f for f in (8, 4, 2) if shortest and min(header.width, header.height) >= f * shortest), 1)
        least = {"min_height": -(-header.height // factor), "min_width": -(-header.width // factor)}
        return upright(decode_jpeg(data, where, "RGB", **least), header.orientation)
    if header.kind == "png":
        check_png(data, where)
    return _pixels(data, where, background)


def refuse_unfit(header: ImageHeader, where: Path | str, largest: int = LARGEST) -> None:
    """Raise SampleError for an image that :func:`decode_image` does not decode, by its header alone."""
    size = f"{header.width} x {header.height}"
    if not header.whole:
        raise SampleError("the image is cut off", expected="an end-of-image mark", where=where, remedy=AGAIN)
    if not header.width or not header.height:
        raise SampleError("the image has no pixels", found=size, where=where, remedy=AGAIN)
    if header.width * header.height > largest:
        raise SampleError("the image is too large", expected=f"at most {largest:,} pixels", found=size, where=where)
    if header.frames > 1:
        raise SampleError("the file holds several images", expected="one", found=header.frames, where=where)
    if header.bits > 8 or header.model not in MODES:
        found = f"{header.bits} bits, {header.channels} channels ({header.model})"
        remedy = "save it as 8-bit RGB"
        expected = "8 bits, grey or RGB"
        raise SampleError(
            "the image's pixels are not supported", expected=expected, found=found, where=where, remedy=remedy
        )


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror stored pixels (H, W, C) as EXIF's orientation, 1 to 8, says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _pixels(data: bytes, where: Path | str, background: int) -> np.ndarray:
    """Decode with Pillow, upright: uint8 (H, W, 3) RGB."""
    from PIL import ImageOps

    try:
        with warnings.catch_warnings(), opened(data) as stored:
            warnings.simplefilter("ignore")
            image = ImageOps.exif_transpose(stored)
            transparent = image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info
            colours = np.asarray(image.convert("RGBA" if transparent else "RGB"))
    except Exception as error:  # Pillow raises whatever a damaged file causes
        raise SampleError("the image is damaged", found=error, where=where, remedy=AGAIN) from None
    if not transparent:
        return colours
    opacity = colours[..., 3:].astype(np.float32) / 255
    return np.asarray((colours[..., :3] * opacity + background * (1 - opacity)).astype(np.uint8))
