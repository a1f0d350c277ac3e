"""Detect a prepared scan's candidates and cache them with what the lung mask covers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import DataError
from kit.files import atomic

from . import blobs, lung_mask
from .preparation import SPACING, cache_path, cached_volume, open_volume, to_hu

MASK_STEP = 2
"""The lung mask is computed on every second voxel."""


@dataclass(frozen=True)
class Detection:
    """The candidates of a scan, and the extent of its lung mask."""

    candidates: np.ndarray
    """Rows (n, 5) of x, y, z in mm, radius in mm, strength."""
    litres: float
    """Volume of the lung mask."""
    slices: int
    """Slices of 1 mm that hold lung."""
    cut: int
    """Slices of 1 mm in which the lung reaches the border of the picture or of the field of view."""


def cached_candidates(path: Path) -> np.ndarray:
    """Return a scan's candidates: rows (n, 5) of x, y, z in mm, radius in mm, strength."""
    return cached_detection(path).candidates


def cached_detection(path: Path) -> Detection:
    """Detect a scan's candidates unless they are cached. Raises DataError."""
    import h5py

    target = detection_path(path)
    if not target.exists():
        volume = open_volume(cached_volume(path))
        levels = volume.hu[()]
        mask, cut = _mask(levels)
        found = blobs.find_blobs(to_hu(levels), mask, SPACING)
        rows = [(*volume.grid.world(np.array(blob.centre)), blob.radius, blob.strength) for blob in found]
        with atomic(target) as temporary, h5py.File(temporary, "w") as file:
            dataset = file.create_dataset("candidates", data=np.array(rows).reshape(-1, 5))
            dataset.attrs["litres"] = mask.sum() * SPACING**3 / 1e6
            dataset.attrs["slices"], dataset.attrs["cut"] = mask.any(axis=(1, 2)).sum(), cut
    try:
        with h5py.File(target, "r") as file:
            dataset = file["candidates"]
            litres, slices, cut = (dataset.attrs[name] for name in ("litres", "slices", "cut"))
            return Detection(np.asarray(dataset[()]), float(litres), int(slices), int(cut))
    except (OSError, KeyError) as error:
        raise DataError(
            "a scan's candidates cannot be read", found=error, where=target, remedy="delete it; it is made again"
        ) from None


def scan_mask(levels: np.ndarray) -> np.ndarray:
    """Return the lung mask of a prepared volume: computed at 2 mm, repeated to the volume's own voxels."""
    return _mask(levels)[0]


def _mask(levels: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the lung mask, and in how many slices the lung is cut off."""
    coarse = to_hu(levels[::MASK_STEP, ::MASK_STEP, ::MASK_STEP])
    mask, cut = lung_mask.segment(coarse, SPACING * MASK_STEP)
    for axis in range(3):
        mask = mask.repeat(MASK_STEP, axis)
    return np.asarray(mask[tuple(slice(0, n) for n in levels.shape)]), min(cut * MASK_STEP, len(levels))


def detection_path(path: Path) -> Path:
    """Return the path of a scan's cached candidates."""
    made = [blobs.RADII, blobs.THRESHOLD, blobs.LEAST_ROUNDNESS, blobs.PER_LITRE]
    return cache_path(path, "candidates", [*made, lung_mask.CLOSING, lung_mask.MARGIN])
