"""What an image file says about itself before it is decoded: its kind, size, depth, channels and orientation."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.errors import SampleError

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
FORMATS = ("BMP", "GIF", "TIFF", "WEBP", "JPEG", "PNG")
# Start-of-frame markers (ITU T.81, table B.1): C4, C8 and CC are other things.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, b"\xff\xd9"
PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; a palette (3) decodes to colour
MODES = {"1": (1, 1), "L": (8, 1), "P": (8, 3), "LA": (8, 2), "PA": (8, 4), "RGB": (8, 3), "RGBA": (8, 4)}
DEEP_MODES = {"RGBX": (8, 4), "CMYK": (8, 4), "YCbCr": (8, 3), "LAB": (8, 3), "HSV": (8, 3), "I": (32, 1), "F": (32, 1)}
ORIENTATION = 0x0112  # the EXIF tag
AGAIN = "download it again, or leave it out of the training with --skip-bad N"


@dataclass(frozen=True)
class ImageHeader:
    """An image's kind, size and pixels as they are stored.

    ``kind`` is "jpeg", "png", "bmp", "gif", "tiff" or "webp"; ``model`` names the colours as Pillow does, such as
    "RGB", "L" or "CMYK"; ``orientation`` is EXIF's, 1 to 8; ``whole`` is False where the end of a JPEG or PNG file is
    missing.
    """

    kind: str
    width: int
    height: int
    bits: int
    channels: int
    model: str
    orientation: int = 1
    frames: int = 1
    whole: bool = True


def read_header(data: bytes, where: Path | str) -> ImageHeader:
    """Read the header of an encoded image. Raises SampleError if the bytes are no image of a known kind."""
    try:
        if data.startswith(JPEG):
            return _jpeg(data)
        if data.startswith(PNG):
            return _png(data)
        return _other(data)
    except (struct.error, IndexError, KeyError, ValueError):
        raise SampleError("the image is cut off within its header", where=where, remedy=AGAIN) from None
    except _NoImageError:
        found = f"{len(data):,} bytes that start with {data[:8]!r}" if data else "an empty file"
        raise SampleError("the file is no image", found=found, where=where, remedy=AGAIN) from None


class _NoImageError(Exception):
    """The bytes are no image of a known kind."""


def _jpeg(data: bytes) -> ImageHeader:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in FRAMES:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            # Camera data before the frame may hold a thumbnail with an end of its own: look behind the frame only.
            whole = data.rfind(END_OF_IMAGE) > at + 2 + length
            model = {1: "L", 3: "RGB", 4: "CMYK"}.get(channels, f"{channels} channels")
            return ImageHeader("jpeg", width, height, bits, channels, model, _orientation(data), whole=whole)
        if marker == START_OF_SCAN:
            raise ValueError
        at += 2 + length


def _png(data: bytes) -> ImageHeader:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    channels = PNG_CHANNELS[colour]
    model = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}[colour]
    orientation = _orientation(data) if b"eXIf" in data else 1
    return ImageHeader("png", width, height, 8 if colour == 3 else bits, channels, model, orientation)


def _other(data: bytes) -> ImageHeader:
    with opened(data) as image:
        bits, channels = MODES.get(image.mode) or DEEP_MODES.get(image.mode) or (16, 1)
        if image.format == "TIFF" and image.mode in MODES:
            bits = max(image.tag_v2.get(258, (bits,)))  # BitsPerSample: Pillow reads 16-bit RGB as 8 bits
        exif = image.getexif().get(ORIENTATION, 1)
        return ImageHeader(
            str(image.format).lower(),
            image.width,
            image.height,
            bits,
            channels,
            image.mode,
            exif if exif in range(1, 9) else 1,
            getattr(image, "n_frames", 1),
        )


def opened(data: bytes) -> Any:
    """Open an image with Pillow, which reads its header only."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about size: the kit has a limit of its own; and about odd metadata
        try:
            return Image.open(io.BytesIO(data), formats=FORMATS)
        except Exception:  # Pillow raises whatever a damaged header causes: OSError, SyntaxError, struct.error, ...
            raise _NoImageError from None


def _orientation(data: bytes) -> int:
    """EXIF's orientation, 1 where there is none that can be read."""
    if b"Exif" not in data[:65536] and b"eXIf" not in data:
        return 1
    try:
        with opened(data) as image:
            found = image.getexif().get(ORIENTATION, 1)
    except Exception:  # damaged metadata beside a sound image
        return 1
    return int(found) if found in range(1, 9) else 1
