"""Samples as pictures: the task's own picture of a sample, or an input that has the shape of an image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.inputs import leaves

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


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
