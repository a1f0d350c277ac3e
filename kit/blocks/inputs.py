"""Images as inputs of a network: read, resized, cropped, normalized."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import SampleError
from kit.images import decode_image, read_image


def decode(source: Any, *, shortest: int = 0) -> np.ndarray:
    """Return an image, uint8 (H, W, 3) RGB for a path or the bytes of a file; an array is returned as it is.

    ``shortest`` is that of :func:`kit.images.decode_image`. Raises SampleError for a damaged image.
    """
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, bytes):
        return decode_image(source, "an image in memory", shortest=shortest)
    return read_image(Path(source), shortest=shortest)


def read_mask(path: Path, *, threshold: int = 0) -> np.ndarray:
    """Read an image file of grey values as a mask, bool (H, W): what is above ``threshold`` is inside.

    Raises SampleError for a damaged file.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            plain = image.mode in ("1", "L", "P", "I", "I;16")
            values = np.asarray(image if plain else image.convert("L"))
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for damaged files
        raise SampleError("the mask cannot be read", found=error, where=path) from None
    return np.asarray(values > threshold)


def resize(image: np.ndarray, size: int | tuple[int, int], *, nearest: bool = False) -> np.ndarray:
    """Stretch an image (H, W) or (H, W, C) to (height, width), or to a square.

    Where both sides shrink, pixels are averaged, else interpolated; ``nearest`` keeps the values of a mask.
    """
    import cv2

    height, width = (size, size) if isinstance(size, int) else size
    if image.shape[:2] == (height, width):
        return image
    smaller = image.shape[0] >= height and image.shape[1] >= width
    method = cv2.INTER_NEAREST if nearest else cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    source = image.astype(np.uint8) if image.dtype == bool else image
    stretched = np.asarray(cv2.resize(source, (width, height), interpolation=method))
    return stretched.astype(image.dtype, copy=False).reshape(height, width, *image.shape[2:])


def crop(image: np.ndarray, size: int | tuple[int, int], rng: np.random.Generator | None = None) -> np.ndarray:
    """Cut (height, width) out of an image (H, W, ...): from its middle, with ``rng`` from anywhere.

    Raises ValueError where the image is smaller.
    """
    height, width = (size, size) if isinstance(size, int) else size
    free = image.shape[0] - height, image.shape[1] - width
    if min(free) < 0:
        raise ValueError(f"an image of {image.shape[:2]} is smaller than the crop of {(height, width)}")
    top, left = (free[0] // 2, free[1] // 2) if rng is None else (int(rng.integers(extra + 1)) for extra in free)
    return image[top : top + height, left : left + width]


def normalize(image: np.ndarray, mean: Sequence[float] | float = 0.0, std: Sequence[float] | float = 1.0) -> np.ndarray:
    """Turn uint8 (H, W, C) or (H, W) into float32 (C, H, W) from 0 to 1, less ``mean``, divided by ``std``.

    Raises ValueError for other values than uint8.
    """
    if image.dtype != np.uint8:
        raise ValueError(f"an image holds uint8, not {image.dtype}")
    pixels = image[..., None] if image.ndim == 2 else image
    scaled = (pixels.astype(np.float32) / 255 - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)
