"""Faults that only this contest's data can have: copies of one cloud, and volumes that are empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kit import Finding, Part
from kit.wording import counted, listed

from . import files
from .copies import find_copies

PARTS: tuple[Part, ...] = ("train", "test")
SPARSE = 100  # points


def audit(folder: Path) -> Iterator[Finding]:
    """Say how the copies of a cloud were found, and which volumes are empty."""
    for part in PARTS:
        path, vectors = files.locate(folder, part)
        if not vectors:
            yield from _clouds(path)
            continue
        found = files.volumes(path, part)
        empty = [str(row) for row, volume in enumerate(found, 1) if not volume.any()]
        if empty:
            message = f"{part} rows {listed(empty)} have no occupied voxel"
            yield Finding("warning", "empty volumes", path.name, message, "look at these rows; the contest has none")
        if part == "train":
            copies = find_copies(found, np.array(files.labels(path, part, len(found))))
            groups = counted(len(np.unique(copies.groups)), "group")
            message = f"{counted(len(found), 'row')} in {groups}, which no split divides: {copies.how}"
            yield Finding("note", "copies", path.name, message)


def _clouds(path: Path) -> Iterator[Finding]:
    """Numbers that are missing, and clouds of few points."""
    names = files.cloud_names(path)
    missing = sorted(set(range(int(names[-1]) + 1)) - set(map(int, names)))
    if missing:
        message = f"groups {listed(missing)} are missing between {names[0]} and {names[-1]}"
        yield Finding("warning", "missing clouds", path.name, message, files.DOWNLOAD)
    few = [name for name, count in zip(names, files.point_counts(path, names), strict=True) if count < SPARSE]
    if few:
        message = f"groups {listed(few)} have fewer than {SPARSE} points; the contest's have thousands"
        yield Finding("warning", "sparse clouds", path.name, message, "look at these groups")
