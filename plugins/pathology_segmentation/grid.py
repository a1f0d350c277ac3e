"""Slides at a lower magnification: blocks of pixels averaged, the slide mirrored beyond its edge."""

from __future__ import annotations

import cv2
import numpy as np

from .slide import Slide


def reduced(slide: Slide, factor: int, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Read a region given in pixels of the slide reduced by ``factor``: uint8 RGB (bottom - top, right - left, 3).

    What lies beyond the slide is its mirror image, so that every pixel is the same whichever region it is read with.
    """
    rows = mirrored(np.arange(top, bottom), reduced_length(slide.height, factor))
    columns = mirrored(np.arange(left, right), reduced_length(slide.width, factor))
    y, x = int(rows.min()), int(columns.min())
    ends = min(int(rows.max() + 1) * factor, slide.height), min(int(columns.max() + 1) * factor, slide.width)
    pixels = shrunk(slide.read(y * factor, ends[0], x * factor, ends[1]), factor)
    if len(rows) == len(pixels) and len(columns) == pixels.shape[1] and top >= 0 and left >= 0:
        return pixels
    return pixels[(rows - y)[:, None], (columns - x)[None]]


def shrunk(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Average blocks of factor x factor pixels; the last, partial ones are filled up by repeating the edge."""
    if factor == 1:
        return pixels
    below, beside = (-length % factor for length in pixels.shape[:2])
    if below or beside:
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    size = (pixels.shape[1] // factor, pixels.shape[0] // factor)
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA))


def reduced_length(length: int, factor: int) -> int:
    """How many pixels ``length`` becomes."""
    return -(-length // factor)


def mirrored(places: np.ndarray, length: int) -> np.ndarray:
    """Reflect places beyond [0, length) at its ends without repeating the edge, as often as needed."""
    if length == 1:
        return np.zeros_like(places)
    period = 2 * (length - 1)
    wrapped = np.abs(places) % period
    return np.minimum(wrapped, period - wrapped)
