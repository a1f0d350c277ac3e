"""A photograph as the networks see it: decoded no larger than needed, cropped to the fundus disc, evenly lit."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from kit import SampleError
from kit.images import ImageHeader, decode_image, read_header

MARGIN = 1.5  # decoded so much larger than asked for, so that the crop is not enlarged
DARK = 12  # the black around the disc is at most so bright in jpg files
LINE = 0.02  # a row or column belongs to the disc where so much is lit, as a fraction of the fullest one
SMALLEST = 16  # pixels
COLOUR = ("RGB", "RGBA", "P", "PA")  # Pillow's names
NAMES = {"1": "black and white", "L": "grey", "LA": "grey with alpha"}
# Light is measured in a blur of this fraction of the side and moved towards LIGHT, the real images' mean.
BLUR, LIGHT, DARKEST = 1 / 5, 75.0, 12.0


def load(path: Path, size: int, illumination: float) -> np.ndarray:
    """Read a photograph as uint8 RGB (size, size, 3): its disc, squared by black, lit evenly.

    ``illumination`` is how far brightness is evened out: 0 not at all, 1 fully. Raises SampleError for a file that is
    damaged, not an 8-bit colour image, or black.
    """
    image = decode(path, size)
    disc = crop(image)
    if disc is None:
        raise SampleError("the photograph shows nothing", expected="a lit disc", where=path)
    interpolation = cv2.INTER_AREA if disc.shape[0] >= size else cv2.INTER_LINEAR
    squared = np.asarray(cv2.resize(disc, (size, size), interpolation=interpolation))
    return even_out(squared, illumination) if illumination else squared


def decode(path: Path, size: int) -> np.ndarray:
    """Decode a photograph to uint8 RGB (H, W, 3), at a half, a quarter or an eighth where that leaves ``size`` pixels.

    jpg files decode at reduced scale in a fraction of the time, from the low frequencies of their blocks.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SampleError("the photograph cannot be read", found=error.strerror or error, where=path) from None
    _refuse_unfit(read_header(data, path), path)
    return decode_image(data, path, shortest=math.ceil(size * MARGIN), background=0)


def _refuse_unfit(header: ImageHeader, path: Path) -> None:
    """Refuse what is not 8-bit colour, or tiny, by the header alone."""
    if header.bits != 8 or header.model not in COLOUR:
        raise SampleError(
            "the photograph is not 8-bit colour",
            expected="8 bits, 3 channels (RGB)",
            found=f"{header.bits} bits, {header.channels} channels ({NAMES.get(header.model, header.model)})",
            where=path,
            remedy="save it as an 8-bit colour jpg; colour is what the diagnosis needs",
        )
    if min(header.width, header.height) < SMALLEST:
        found = f"{header.width} x {header.height}"
        raise SampleError(
            "the photograph is too small", expected=f"at least {SMALLEST} pixels", found=found, where=path
        )


def crop(image: np.ndarray) -> np.ndarray | None:
    """Cut the lit disc out of an image (H, W, 3) and square it with black; None where nothing is lit."""
    lit = image.max(axis=2) > DARK
    counts = (lit.sum(axis=axis) for axis in (1, 0))
    rows, columns = (np.flatnonzero(count > LINE * max(count.max(), 1)) for count in counts)
    if min(len(rows), len(columns)) < SMALLEST // 2:
        return None
    disc = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = disc.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return np.asarray(
        cv2.copyMakeBorder(disc, top, side - height - top, left, side - width - left, cv2.BORDER_CONSTANT)
    )


def even_out(image: np.ndarray, strength: float) -> np.ndarray:
    """Divide a photograph (S, S, 3) by the light that fell on it, to the power ``strength``; colours keep their hue.

    The light is the blurred grey value within the disc. Large bright lesions keep their contrast, because the blur is
    wider than they are.
    """
    disc = (image.max(axis=2) > DARK).astype(np.float32)
    grey = image.mean(axis=2, dtype=np.float32)
    sigma = image.shape[0] * BLUR
    weight = np.maximum(cv2.GaussianBlur(disc, (0, 0), sigma), 1e-3)
    light = cv2.GaussianBlur(grey * disc, (0, 0), sigma) / weight
    gain = (LIGHT / np.maximum(light, DARKEST)) ** strength * disc
    return np.asarray(np.clip(image * gain[..., None] + 0.5, 0, 255).astype(np.uint8))
