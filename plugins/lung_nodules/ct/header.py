"""What a scan's header says, whatever its format, and the bounds that every scan must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kit import DataError

from .geometry import Grid

MOST_VOXELS = 1 << 29
"""In a scan, as stored and as resampled: 1 GB of int16; 1,024 x 1,024 x 500 is below."""
SPACINGS = (0.1, 20.0)
"""Bounds in mm of a voxel's side. Spacings in micrometres, centimetres or metres lie outside them."""
LARGEST_EXTENT = 2500.0
"""Of a scan along each of the world's axes, in mm."""
FINEST = 1.0
"""Side in mm of the voxels to which scans are resampled."""


@dataclass(frozen=True)
class Header:
    """Where a scan's voxels lie in the world, and how they are stored in which file."""

    path: Path
    grid: Grid
    data_file: Path
    dtype: np.dtype[np.generic] = field(default_factory=lambda: np.dtype("i2"))
    offset: int = 0
    """Bytes before the voxels in the data file."""
    compressed: bool = False
    rescales: tuple[tuple[float, float], ...] = ()
    """Slopes and intercepts that the header declares, most specific first."""

    @property
    def data_bytes(self) -> int:
        """Bytes of the uncompressed voxels."""
        return int(np.prod(self.grid.size, dtype=np.int64)) * self.dtype.itemsize


def is_plausible(spacing: Sequence[float]) -> bool:
    """Return whether these can be the sides of a CT scan's voxels in mm."""
    return all(SPACINGS[0] <= side <= SPACINGS[1] for side in spacing)


def check_grid(grid: Grid, path: Path) -> None:
    """Raise DataError for a grid that cannot be a CT scan of a person, before anything of its size is allocated."""
    low, high = SPACINGS
    if not is_plausible(grid.spacing):
        raise DataError(
            "the scan's header has a wrong ElementSpacing",
            expected=f"{low:g} to {high:g} mm",
            found=" ".join(f"{step:g}" for step in grid.spacing),
            where=path,
            remedy="the unit is mm",
        )
    if np.prod(grid.size, dtype=float) > MOST_VOXELS:
        raise DataError(
            "the scan's header has a wrong DimSize",
            expected=f"at most {MOST_VOXELS:,} voxels",
            found=" ".join(map(str, grid.size)),
            where=path,
        )
    extent = np.asarray(grid.isotropic(FINEST).size) * FINEST
    if extent.max() > LARGEST_EXTENT or np.prod(extent) > MOST_VOXELS:
        raise DataError(
            "the scan is too large for a person",
            expected=f"at most {LARGEST_EXTENT:g} mm along each axis",
            found=" x ".join(f"{side:g}" for side in extent) + " mm",
            where=path,
            remedy="DimSize and ElementSpacing in the header are in voxels and mm",
        )
