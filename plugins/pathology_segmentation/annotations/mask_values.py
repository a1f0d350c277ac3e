"""Interpret the values of a mask image, if they are unambiguous.

0 with 1, 0 with 255 (or 65,535 in 16 bits), and black with one bright colour are unambiguous. Classes, instances,
weights and several colours are not: they raise a ValueError that lists the values.
"""

from __future__ import annotations

import cv2
import numpy as np

from kit.wording import listed

BRIGHT, DARK, HALF = 192, 64, 128
MOST_BETWEEN = 0.1  # of a JPEG's pixels, between dark and bright
SHARP, SOFT = 4, 16  # pixels from an edge that smoothing or JPEG may have changed
MANY = 32  # with at least so many distinct values a mask was probably a JPEG before
NOISE = 8  # levels by which JPEG may have changed 0 and 255
COLLINEAR = 4  # levels by which a smoothed colour may be off
SPREAD = 40  # levels by which a JPEG's colours vary around one
SHOWN = 6


def from_grey(values: np.ndarray, *, lossy: bool) -> np.ndarray:
    """Decide where a mask of one channel (H, W) is cancer: bool (H, W). Raises ValueError."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("values that are not finite")
    present = _present(values)
    largest = np.iinfo(np.uint16).max if values.dtype == np.uint16 else 255
    if set(present.tolist()) <= {0, 1}:
        return np.asarray(values == 1)
    for full in {255, largest}:
        if set(present.tolist()) <= {0, full}:
            return np.asarray(values == full)
    if values.dtype == np.uint8 and (lossy or _smoothed(values, len(present))):
        between = float(((values >= DARK) & (values < BRIGHT)).mean())
        if present[-1] >= BRIGHT and between <= MOST_BETWEEN:
            return np.asarray(values >= HALF)
    raise ValueError(_listed([f"{value:g}" for value in present.tolist()], "values"))


def from_rgb(pixels: np.ndarray, *, lossy: bool) -> np.ndarray:
    """Decide where a mask of colours uint8 (H, W, 3) is cancer: bool (H, W). Raises ValueError."""
    pixels = np.ascontiguousarray(pixels)
    red, green, blue = (pixels[..., channel] for channel in range(3))
    if (red == green).all() and (green == blue).all():
        return from_grey(red, lossy=lossy)
    bright = pixels.max(axis=2)
    if lossy:
        shown = pixels[bright >= BRIGHT]
        if len(shown) and shown.std(axis=0).max() > SPREAD:
            raise ValueError("several bright colours in a JPEG")
        return from_grey(bright, lossy=True)
    packed = (red.astype(np.uint32) << 16) | (green.astype(np.uint32) << 8) | blue
    colours, counts = np.unique(packed, return_counts=True)
    coloured = colours > 0
    if coloured.any():
        colour = int(colours[coloured][counts[coloured].argmax()])
        levels = np.array([colour >> 16, colour >> 8 & 255, colour & 255], np.float32)
        weight = np.clip(np.round(bright * (255 / levels.max())), 0, 255).astype(np.uint8)
        expected = weight[..., None] * (levels / 255)
        if levels.max() >= HALF and (np.abs(pixels - expected) <= COLLINEAR).all():
            return from_grey(weight, lossy=False)
    raise ValueError(_listed([f"#{colour:06x}" for colour in colours.tolist()], "colours"))


def from_rgba(pixels: np.ndarray) -> np.ndarray:
    """Decide where a mask of colours with alpha uint8 (H, W, 4) is cancer: bool (H, W). Raises ValueError.

    Transparent pixels are not cancer.
    """
    alpha = pixels[..., 3]
    if not np.isin(alpha, (0, 255)).all():
        raise ValueError("half transparent pixels")
    shown = np.unique(pixels[alpha == 255][:, :3], axis=0)
    if len(shown) == 1 and (alpha == 0).any():
        if not shown.any():
            raise ValueError("black and transparent pixels")
        return np.asarray(alpha == 255)
    opaque = np.where(alpha[..., None] == 255, pixels[..., :3], np.uint8(0))
    return from_rgb(opaque, lossy=False)


def from_palette(index: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Decide where a mask of palette colours is cancer: indices (H, W), palette uint8 (N, 3) or (N, 4), RGB or RGBA.

    Unambiguous colours decide. With dark colours the indices 0 and 1 decide, if 0 is black. Raises ValueError.
    """
    used = _present(index)
    if int(used[-1]) >= len(palette):
        raise ValueError(f"colour {int(used[-1])} of a palette of {len(palette)}")
    if palette.shape[1] == 4 and (palette[used, 3] == 255).all():
        palette = palette[:, :3]
    if set(used.tolist()) <= {0, 1} and not palette[0, :3].any() and palette[used].max(initial=0) < HALF:
        return np.asarray(index == 1)
    pixels = palette[index]
    return from_rgba(pixels) if palette.shape[1] == 4 else from_rgb(pixels, lossy=False)


def _present(values: np.ndarray) -> np.ndarray:
    """List the distinct values in order."""
    if values.dtype in (np.dtype(np.uint8), np.dtype(np.uint16)):
        return np.flatnonzero(np.bincount(values.ravel()))
    return np.unique(values)


def _smoothed(values: np.ndarray, distinct: int) -> bool:
    """Return whether values between 0 and 255 occur only at edges, as after smoothing, scaling or JPEG."""
    radius, margin = (SOFT, NOISE) if distinct >= MANY else (SHARP, 0)
    between = (values > margin) & (values < 255 - margin)
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    ends = values <= margin, values >= 255 - margin
    near = [cv2.dilate(end.astype(np.uint8), kernel) > 0 for end in ends]
    return bool((near[0] & near[1])[between].all())


def _listed(items: list[str], what: str) -> str:
    return f"{what} {listed(items, SHOWN)}"
