"""Slides at a lower magnification: means of blocks of pixels; beyond its edge the slide is reflected."""

from __future__ import annotations

import cv2
import numpy as np

from .reader import Slide


def read_downsampled(slide: Slide, factor: int, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Read a region, given in pixels of the slide downsampled by ``factor``: uint8 RGB (bottom - top, right - left, 3).

    Beyond the slide's edge stands its reflection, so that a pixel has one value, whichever region it is read with.
    """
    rows = reflect(np.arange(top, bottom), downsampled_length(slide.height, factor))
    columns = reflect(np.arange(left, right), downsampled_length(slide.width, factor))
    y, x = int(rows.min()), int(columns.min())
    ends = min(int(rows.max() + 1) * factor, slide.height), min(int(columns.max() + 1) * factor, slide.width)
    pixels = downsample(slide.read(y * factor, ends[0], x * factor, ends[1]), factor)
    if len(rows) == len(pixels) and len(columns) == pixels.shape[1] and top >= 0 and left >= 0:
        return pixels
    return np.asarray(pixels[(rows - y)[:, None], (columns - x)[None]])


def downsample(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Average blocks of factor x factor pixels; the last, partial blocks are completed by repeating the edge."""
    if factor == 1:
        return pixels
    below, beside = (-length % factor for length in pixels.shape[:2])
    if below or beside:
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    size = (pixels.shape[1] // factor, pixels.shape[0] // factor)
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA))


def downsampled_length(length: int, factor: int) -> int:
    """Divide a length by ``factor``, rounded up."""
    return -(-length // factor)


def reflect(positions: np.ndarray, length: int) -> np.ndarray:
    """Map positions beyond [0, length) into it by reflection at its ends, without repeating the edge."""
    if length == 1:
        return np.zeros_like(positions)
    period = 2 * (length - 1)
    wrapped = np.abs(positions) % period
    return np.asarray(np.minimum(wrapped, period - wrapped))
