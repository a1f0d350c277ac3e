"""Prepare a scan once: read, convert to HU, clip, resample to 1 mm, and cache as HDF5."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kit import DataError
from kit.files import atomic, cache_dir

from .geometry import Grid
from .scan import read_header, read_scan

LOWEST, HIGHEST = -1000, 400
"""HU are clipped to these bounds before anything is computed: padding (-3024, -2048) becomes air, metal bone."""
SPACING = 1.0
"""Side in mm of the prepared voxels."""
CHUNK = 32
VERSION = 4
"""Part of the cache's names; to be raised when prepared files change."""


@dataclass(frozen=True)
class Volume:
    """A prepared scan."""

    hu: Any
    """An HDF5 dataset or array (z, y, x) of uint8, 0 for -1000 HU and 255 for 400."""
    grid: Grid
    conversion: str = ""
    """How stored values were converted to HU, empty where they were HU."""


def to_hu(levels: np.ndarray) -> np.ndarray:
    """Convert cached levels (uint8) to HU (float32). A level is 5.5 HU, well below a scan's noise."""
    return np.asarray(levels.astype(np.float32) * ((HIGHEST - LOWEST) / 255) + LOWEST)


def cached_volume(path: Path) -> Path:
    """Prepare a scan unless it is cached, and return the path of the cached volume. Raises DataError."""
    target = cache_path(path, "volume", ())
    if target.exists():
        return target
    levels, grid, conversion = _prepared(path)
    import h5py

    with atomic(target) as temporary, h5py.File(temporary, "w") as file:
        chunks = tuple(min(CHUNK, n) for n in levels.shape)
        # Chunks of 32 KiB: reading a candidate's cube takes a few of them, whatever the scan's size.
        dataset = file.create_dataset("hu", data=levels, chunks=chunks, compression="lzf", shuffle=False)
        dataset.attrs["size"], dataset.attrs["origin"], dataset.attrs["spacing"] = grid.size, grid.origin, grid.spacing
        dataset.attrs["conversion"] = conversion
    return target


def resample(path: Path) -> tuple[np.ndarray, Grid]:
    """Read a scan and resample it to :data:`SPACING` along the world's axes: uint8 (z, y, x) and its grid."""
    levels, grid, _ = _prepared(path)
    return levels, grid


def _prepared(path: Path) -> tuple[np.ndarray, Grid, str]:
    import SimpleITK

    values, grid, conversion = read_scan(path)
    if values.min() == values.max():
        raise DataError("every voxel of the scan has the same value", found=values.min(), where=path)
    iso = grid.isotropic(SPACING)
    image = SimpleITK.GetImageFromArray(_clipped(values))
    del values
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection(grid.direction)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    same, linear = SimpleITK.Transform(), SimpleITK.sitkLinear
    image = SimpleITK.Resample(image, iso.size, same, linear, iso.origin, iso.spacing, iso.direction, float(LOWEST))
    view = SimpleITK.GetArrayViewFromImage(image)
    levels = np.empty(iso.shape, np.uint8)
    for index, plane in enumerate(view):  # slice by slice, to avoid a second copy of the volume in float
        levels[index] = np.round((plane.astype(np.float32) - LOWEST) * (255 / (HIGHEST - LOWEST)))
    return levels, iso, conversion


def _clipped(values: np.ndarray) -> np.ndarray:
    """Clip HU of any type to int16 between :data:`LOWEST` and :data:`HIGHEST`, slice by slice."""
    clipped = np.empty(values.shape, np.int16)
    for index, plane in enumerate(values):
        clipped[index] = np.rint(np.clip(plane, LOWEST, HIGHEST))
    return clipped


def open_volume(path: Path) -> Volume:
    """Open a prepared scan. Each process keeps the last 64 open."""
    return _open_volume(path, os.getpid())


@lru_cache(maxsize=64)
def _open_volume(path: Path, process: int) -> Volume:
    # The process id is part of the cache key: an HDF5 handle must not be used on both sides of a fork.
    import h5py

    try:
        hu = h5py.File(path, "r")["hu"]
        size, origin, spacing = (tuple(hu.attrs[name].tolist()) for name in ("size", "origin", "spacing"))
        conversion = str(hu.attrs["conversion"])
    except (OSError, KeyError) as error:
        raise DataError(
            "a prepared scan cannot be read", found=error, where=path, remedy="delete it; it is made again"
        ) from None
    return Volume(hu, Grid(size, origin, spacing), conversion)


def cache_path(path: Path, kind: str, settings: Sequence[Any]) -> Path:
    """Return a scan's cached file, named by its header, its data file's size and time, and the settings used."""
    header = read_header(path)
    status = header.data_file.stat()
    head = path.read_bytes() if header.data_file != path else repr(header).encode()
    made = [VERSION, SPACING, LOWEST, HIGHEST, head, status.st_size, status.st_mtime_ns, *settings]
    key = hashlib.sha256(repr(made).encode()).hexdigest()[:16]
    return cache_dir() / "lung_nodules" / kind / f"{path.name.split(path.suffix)[0]}-{key}.h5"
