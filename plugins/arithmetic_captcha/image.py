"""Read captchas, and turn them into what the networks see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kit import SampleError

HEIGHT, WIDTH = 32, 96  # of a network's input
TEXT_HEIGHT = 48  # of a text captcha's


def read(path: Path, width: int, height: int) -> np.ndarray:
    """Read an image file of this size as uint8 (height, width, 3) RGB; transparent pixels lie on white.

    A palette and grey values become what they stand for. Raises SampleError that names the file.
    """
    image = read_any(path)
    if image.shape[:2] != (height, width):
        found = f"{image.shape[1]}x{image.shape[0]}"
        raise SampleError(
            f"{path.name} has the wrong size", expected=f"{width}x{height} pixels", found=found, where=path
        )
    return image


def read_any(path: Path) -> np.ndarray:
    """Read an image file of any size as uint8 (height, width, 3) RGB, as :func:`read` does."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SampleError("the captcha cannot be read", found=error.strerror, where=path) from None
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if image is None:
        found = f"{len(data):,} bytes"
        raise SampleError("the captcha cannot be decoded", expected="a PNG or JPEG image", found=found, where=path)
    return _rgb(image, path)


def _rgb(image: np.ndarray, path: Path) -> np.ndarray:
    if image.dtype != np.uint8:
        raise SampleError(f"{path.name} has {8 * image.dtype.itemsize} bits a channel", expected="8", where=path)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    if channels == 3:
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    opacity = image[..., 3:].astype(np.float32) / 255
    return np.ascontiguousarray((image[..., 2::-1] * opacity + 255 * (1 - opacity)).astype(np.uint8))


def network_input(image: np.ndarray, threshold: int = 0, thicken: bool = False) -> np.ndarray:
    """Turn a captcha (H, W, 3) RGB into ink from 0 to 1, float32 (1, 32, 96).

    The grey values are equalised: a faint text is as good as a dark one, and what the contest's binarised images keep
    is kept. ``threshold`` above 0 binarises there; ``thicken`` makes every stroke a pixel wider.
    """
    grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    if threshold:
        grey = cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY)[1]
    if thicken:
        grey = cv2.erode(grey, np.ones((2, 2), np.uint8))
    small = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return (np.float32(255) - small)[None] / np.float32(255)


def text_input(image: np.ndarray) -> np.ndarray:
    """Turn a text captcha (H, W, 3) RGB into ink from 0 to 1, float32 (1, 48, 96).

    The grey values are stretched from the paper to the darkest ink and no further: 0 and O differ by the thickness of
    a stroke alone, which equalising would level.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    paper, ink = float(np.median(grey)), float(np.percentile(grey, 2))
    small = cv2.resize(grey, (WIDTH, TEXT_HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.clip((paper - small) / max(paper - ink, 8.0), 0, 1, dtype=np.float32)[None]
