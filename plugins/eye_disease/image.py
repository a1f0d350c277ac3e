"""A photograph as the networks see it: decoded no larger than needed, cropped to the fundus disc, evenly lit."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kit import SampleError
from kit.images import check_image

from .header import AGAIN, Header, read_header

MARGIN = 1.5  # decoded so much larger than asked for, so that the crop is not enlarged
DARK = 12  # the black around the disc is at most so bright in jpg files
LINE = 0.02  # a row or column belongs to the disc where so much is lit, as a share of the fullest one
SMALLEST = 16  # pixels
REDUCED = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))
# Light is measured in a blur of this share of the side and moved towards LIGHT, the mean of the real training images.
BLUR, LIGHT, DARKEST = 1 / 5, 75.0, 12.0


def load(path: Path, size: int, illumination: float) -> np.ndarray:
    """Read a photograph as uint8 RGB (size, size, 3): its disc, squared by black, lit evenly.

    ``illumination`` is how far brightness is evened out: 0 not at all, 1 fully. Raises SampleError for a file that is
    no whole 8-bit colour image or shows nothing.
    """
    image = decode(path, size)
    disc = crop(image)
    if disc is None:
        raise SampleError("the photograph shows nothing", expected="a lit disc", where=path, remedy=AGAIN)
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
        raise SampleError("the photograph cannot be read", found=error, where=path) from None
    header = read_header(data, str(path))
    _refuse_unfit(header, path)
    check_image(data, path)  # OpenCV fills what it cannot decode with grey, without a word
    shortest = min(header.width, header.height)
    flag = next((flag for scale, flag in REDUCED if shortest >= scale * size * MARGIN), cv2.IMREAD_COLOR)
    image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flag)
    if image is None:
        raise SampleError("the photograph cannot be decoded", where=path, remedy=AGAIN)
    return np.ascontiguousarray(image[..., ::-1])


def _refuse_unfit(header: Header, path: Path) -> None:
    if not header.whole:
        raise SampleError("the photograph is cut off", expected="an end-of-image mark", where=path, remedy=AGAIN)
    if header.bits != 8 or header.channels not in (3, 4) or (header.kind == "jpeg" and header.channels == 4):
        channels = {
            1: "grey",
            2: "grey with alpha",
            3: "colour",
            4: "CMYK" if header.kind == "jpeg" else "colour with alpha",
        }
        raise SampleError(
            "the photograph is not 8-bit colour",
            expected="8 bits, 3 channels (RGB)",
            found=f"{header.bits} bits, {header.channels} channels ({channels.get(header.channels, 'unknown')})",
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
