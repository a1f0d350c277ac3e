"""Samples as pictures: arrays of any image-like shape as small PNG or JPEG images inside a page."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.inputs import leaves

LONGEST_SIDE = 320
TINY = 96  # pictures up to this side are enlarged without smoothing and stored without loss
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Picture:
    """An encoded image as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int

    @property
    def tiny(self) -> bool:
        """Whether it is so small that it is enlarged without smoothing."""
        return max(self.width, self.height) <= TINY


def picture(task: Task, sample: Sample) -> np.ndarray | None:
    """The sample as uint8 (H, W) or (H, W, 3) RGB: the task's own picture, else ``x`` if it looks like an image."""
    if task.picture is not None:
        own = task.picture(sample)
        return None if own is None else as_image(own)
    inputs = [value for _, value in leaves(sample.x)]
    found = (_read(Path(x)) if isinstance(x, str | Path) else as_image(x) for x in inputs)
    return next((image for image in found if image is not None), None)


def _read(path: Path) -> np.ndarray | None:
    if path.suffix.lower() not in SUFFIXES or not os.path.isfile(path):  # noqa: PTH113  False for long text
        return None
    import cv2

    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(image[..., ::-1])


def as_image(value: Any) -> np.ndarray | None:
    """Convert (H, W), (1, H, W), (3, H, W), (H, W, 1) or (H, W, 3) to uint8 (H, W) or (H, W, 3); None: not an image.

    Values from 0 to 1 are scaled to 0 to 255, values from 0 to 255 are kept, and any other range is stretched between
    its lowest and highest finite value.
    """
    array = np.asarray(value)
    if array.dtype == bool:
        array = array.astype(np.float32)
    if array.size == 0 or array.dtype.kind not in "iuf":
        return None
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (1, 3):
        array = np.moveaxis(array, 0, -1)  # (C, H, W) -> (H, W, C)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or min(array.shape[:2]) < 2:
        return None
    return array if array.dtype == np.uint8 else _to_bytes(array.astype(np.float64))


def _to_bytes(array: np.ndarray) -> np.ndarray:
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return np.zeros(array.shape, np.uint8)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and 1 < high <= 255:
        low, high = 0.0, 255.0
    scaled = (np.nan_to_num(array, nan=low, posinf=high, neginf=low) - low) / max(high - low, 1e-12)
    return np.asarray(np.rint(255 * scaled).astype(np.uint8))


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Blend a heat map (h, w) over an image (H, W[, 3]), stronger where it is higher. Returns (H, W, 3)."""
    import cv2

    height, width = image.shape[:2]
    colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    level = np.nan_to_num(np.asarray(heat, dtype=np.float32))
    if level.ndim != 2:
        raise ValueError(f"a heat map has shape (H, W), this one {level.shape}")
    level = (level - level.min()) / max(float(np.ptp(level)), 1e-12)
    level = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    heated = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = 0.65 * level[..., None]
    return np.asarray(np.rint((1 - weight) * colour + weight * heated).astype(np.uint8))


def encode(image: np.ndarray) -> Picture:
    """Encode uint8 (H, W) or (H, W, 3) RGB at no more than 320 pixels a side: as PNG, large colour pictures as JPEG."""
    import cv2

    height, width = image.shape[:2]
    ratio = min(1.0, LONGEST_SIDE / max(height, width))
    if ratio < 1:
        width, height = max(1, round(width * ratio)), max(1, round(height * ratio))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    photograph = image.ndim == 3 and max(height, width) > TINY
    suffix, options = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 88]) if photograph else (".png", [])
    pixels = np.ascontiguousarray(image[..., ::-1] if image.ndim == 3 else image)
    ok, data = cv2.imencode(suffix, pixels, options)
    if not ok:
        raise ValueError(f"an image of shape {image.shape} cannot be encoded")
    return Picture(data_uri(data.tobytes(), "image/jpeg" if photograph else "image/png"), width, height)


def data_uri(data: bytes, kind: str) -> str:
    """Bytes as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
