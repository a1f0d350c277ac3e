"""Read captchas as pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit import SampleError
from kit.images import decode_image, read_header

SIDEWAYS = (5, 6, 7, 8)  # orientations that exchange width and height


def read_captcha(path: Path, width: int = 0, height: int = 0) -> np.ndarray:
    """Read an image file as uint8 (height, width, 3) RGB; transparent pixels become white.

    Raises SampleError, with the file's name, for an image that is damaged, of unusual pixels or of another size than
    ``width`` x ``height``, which are 0 if any size will do. The size is checked before the image is decoded.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SampleError(f"{path.name} cannot be read", found=error.strerror or error, where=path) from None
    header = read_header(data, path)
    size = (header.width, header.height)
    if header.orientation in SIDEWAYS:
        size = size[::-1]
    if width and size != (width, height):
        raise SampleError(
            f"{path.name} has the wrong size",
            expected=f"{width}x{height} pixels",
            found=f"{size[0]}x{size[1]}",
            where=path,
        )
    return decode_image(data, path)
