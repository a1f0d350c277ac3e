"""Prepare scans once: read, clip, resample to 1 mm, and cache in HDF5. Each process holds one scan in memory."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kit import DataError
from kit.files import atomic, cache_dir

from .geometry import Grid
from .metaimage import read_header, read_scan
from .processes import process_count, run_in_processes

LOWEST, HIGHEST = -1000, 400
"""HU are clipped to these bounds before anything is computed: padding (-3024, -2048) becomes air, metal bone."""
SPACING = 1.0
"""Side in mm of the prepared voxels."""
CHUNK = 32
MASK_STEP = 2
"""The lung mask is computed on every second voxel."""
VERSION = 3
"""Part of the cache's names; to be raised when prepared files change."""


@dataclass(frozen=True)
class Volume:
    """A prepared scan: ``hu`` is an HDF5 dataset or array (z, y, x) of uint8, 0 for -1000 HU and 255 for 400."""

    hu: Any
    grid: Grid


def to_hu(levels: np.ndarray) -> np.ndarray:
    """Convert cached levels (uint8) to HU (float32). A level is 5.5 HU, well below a scan's noise."""
    return np.asarray(levels.astype(np.float32) * ((HIGHEST - LOWEST) / 255) + LOWEST)


def cached_volume(path: Path) -> Path:
    """Prepare a scan (a .mhd path) unless it is cached, and return the path of the cached volume."""
    target = _cache_path(path, "volume")
    if target.exists():
        return target
    levels, grid = resample(path)
    import h5py

    with atomic(target) as temporary, h5py.File(temporary, "w") as file:
        chunks = tuple(min(CHUNK, n) for n in levels.shape)
        # Chunks of 32 KiB: reading a candidate's cube takes a few of them, whatever the scan's size.
        dataset = file.create_dataset("hu", data=levels, chunks=chunks, compression="lzf", shuffle=False)
        dataset.attrs["size"], dataset.attrs["origin"], dataset.attrs["spacing"] = grid.size, grid.origin, grid.spacing
    return target


def resample(path: Path) -> tuple[np.ndarray, Grid]:
    """Read a scan and resample it to :data:`SPACING` along the world's axes: uint8 (z, y, x) and its grid."""
    import SimpleITK

    image, grid = read_scan(path, threads=1)
    iso = grid.isotropic(SPACING)
    image = SimpleITK.Clamp(image, SimpleITK.sitkInt16, LOWEST, HIGHEST)
    same, linear = SimpleITK.Transform(), SimpleITK.sitkLinear
    image = SimpleITK.Resample(image, iso.size, same, linear, iso.origin, iso.spacing, iso.direction, float(LOWEST))
    view = SimpleITK.GetArrayViewFromImage(image)
    levels = np.empty(iso.shape, np.uint8)
    for index, plane in enumerate(view):  # slice by slice, to avoid a second copy of the volume in float
        levels[index] = np.round((plane.astype(np.float32) - LOWEST) * (255 / (HIGHEST - LOWEST)))
    return levels, iso


def cached_candidates(path: Path) -> np.ndarray:
    """Detect a scan's candidates unless they are cached: rows (n, 5) of x, y, z in mm, radius in mm, strength."""
    import h5py

    from .blobs import find_blobs

    target = _cache_path(path, "candidates")
    if not target.exists():
        levels, grid, mask = _with_mask(path)
        blobs = find_blobs(to_hu(levels), mask, SPACING)
        rows = np.array([(*grid.world(np.array(b.centre)), b.radius, b.strength) for b in blobs]).reshape(-1, 5)
        with atomic(target) as temporary, h5py.File(temporary, "w") as file:
            file["candidates"] = rows
    with h5py.File(target, "r") as file:
        return np.asarray(file["candidates"][()])


def _with_mask(path: Path) -> tuple[np.ndarray, Grid, np.ndarray]:
    volume = open_volume(cached_volume(path))
    levels = volume.hu[()]
    return levels, volume.grid, scan_mask(levels)


def scan_mask(levels: np.ndarray) -> np.ndarray:
    """Return the lung mask of a prepared volume: computed at 2 mm, repeated to the volume's own voxels."""
    from .lung_mask import lung_mask

    coarse = lung_mask(to_hu(levels[::MASK_STEP, ::MASK_STEP, ::MASK_STEP]), SPACING * MASK_STEP)
    fine = coarse
    for axis in range(3):
        fine = fine.repeat(MASK_STEP, axis)
    return np.asarray(fine[tuple(slice(0, n) for n in levels.shape)])


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
    except (OSError, KeyError) as error:
        raise DataError(
            "a prepared scan cannot be read", found=error, where=path, remedy="delete it; it is made again"
        ) from None
    return Volume(hu, Grid(size, origin, spacing))


def _cache_path(path: Path, kind: str) -> Path:
    """Return the cached file, named by the header, the data file's size and time, and the constants of preparation."""
    from . import blobs, lung_mask

    header = read_header(path)
    status = header.data_file.stat()
    made = [VERSION, SPACING, LOWEST, HIGHEST, path.read_bytes(), status.st_size, status.st_mtime_ns]
    if kind == "candidates":
        made += [blobs.RADII, blobs.THRESHOLD, blobs.LEAST_ROUNDNESS, blobs.PER_LITRE]
        made += [lung_mask.CLOSING, lung_mask.MARGIN]
    key = hashlib.sha256(repr(made).encode()).hexdigest()[:16]
    return cache_dir() / "lung_nodules" / kind / f"{path.stem}-{key}.h5"


def prepare_all(paths: Sequence[Path], candidates: bool, processes: int = 0) -> None:
    """Prepare every scan that is not cached, in parallel processes, and print the rate.

    Raises the DataError of the first scan that cannot be prepared; scans that are done stay cached.
    """
    work: Callable[[Path], Any] = cached_candidates if candidates else cached_volume
    kind = "candidates" if candidates else "volume"
    missing = [path for path in paths if not _cache_path(path, kind).exists()]
    if not missing:
        return
    start = time.perf_counter()
    processes = processes or process_count(len(missing))
    for done, _ in enumerate(run_in_processes(work, missing, processes), start=1):
        _show(done, len(missing), time.perf_counter() - start)
    seconds = time.perf_counter() - start
    print(
        f"prepared {len(missing)} scans in {seconds:.0f} s ({len(missing) / seconds * 60:.0f} scans a minute, "
        f"{processes} processes)",
        file=sys.stderr,
    )


def _show(done: int, total: int, seconds: float) -> None:
    if sys.stderr.isatty():
        left = seconds / done * (total - done)
        end = "\n" if done == total else ""
        print(
            f"\rpreparing scans {done}/{total}, {done / seconds * 60:.0f} a minute, {left:.0f} s left ",
            end=end,
            file=sys.stderr,
            flush=True,
        )
