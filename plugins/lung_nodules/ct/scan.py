"""A scan, whatever its file format: its uid, its header, and its values in HU."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import itk_formats, metaimage
from .geometry import Grid
from .header import Header
from .hounsfield import to_hounsfield

SUFFIXES = (".mhd", ".mha", ".nii.gz", ".nii", ".nrrd")


def uid_of(name: str) -> str | None:
    """Return the seriesuid of a scan's file name, or None for a file in a format that is not read.

    >>> uid_of("1.2.840.MHD")
    '1.2.840'
    """
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return None


def read_header(path: Path) -> Header:
    """Read and check a scan's header and the sizes of its files. Raises DataError."""
    return metaimage.parse(path) if _is_metaimage(path) else itk_formats.parse(path)


def read_scan(path: Path) -> tuple[np.ndarray, Grid, str]:
    """Read a scan: HU (z, y, x), its grid, and a note where values had to be converted to HU. Raises DataError."""
    header = read_header(path)
    voxels = metaimage.read_voxels(header) if _is_metaimage(path) else itk_formats.read_voxels(header)
    values, note = to_hounsfield(voxels, header)
    return values, header.grid, note


def _is_metaimage(path: Path) -> bool:
    return path.suffix.lower() in (".mhd", ".mha")
