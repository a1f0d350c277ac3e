"""The contest folder: scans by seriesuid and subset, lists of scans, annotations and candidates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import DataError

from .tables import Points, read_points, read_seriesuids

_SUBSET = re.compile(r"subset(\d+)\Z")
EMPTY = np.empty((0, 4))


@dataclass(frozen=True)
class Folder:
    """A contest folder: headers and subsets by seriesuid, the listed scans, and the test scans."""

    path: Path
    headers: Mapping[str, Path]
    subsets: Mapping[str, str]
    listed: Sequence[str]
    test: frozenset[str]

    def part(self, part: str) -> list[str]:
        """Return the scans of one part, sorted by uid."""
        return sorted(uid for uid in self.headers if (uid in self.test) == (part == "test"))


def open_folder(path: Path) -> Folder:
    """Find the scans (in ``subset0`` to ``subset9``, or flat). Raises DataError for a repeated or missing scan."""
    headers: dict[str, Path] = {}
    subsets: dict[str, str] = {}
    for header in sorted(path.rglob("*.mhd")):
        parents = header.relative_to(path).parts[:-1]
        if any(name.startswith("seg") for name in parents):
            continue  # the contest's lung masks have the same names as the scans
        uid = header.stem
        if uid in headers:
            raise DataError("a scan is there twice", found=uid, where=f"{headers[uid]} and {header}")
        headers[uid] = header
        found = [match.group(1) for name in parents if (match := _SUBSET.match(name))]
        if found:
            subsets[uid] = found[-1]
    if not headers:
        raise DataError("there is no scan", expected="subset0 ... subset9 with .mhd and .raw files", where=path)
    listed = read_seriesuids(path / "seriesuids.csv") if (path / "seriesuids.csv").exists() else []
    test = read_seriesuids(path / "test_seriesuids.csv") if (path / "test_seriesuids.csv").exists() else []
    for uid in test:
        if uid not in headers:
            raise DataError("a scan to predict is missing", expected=f"{uid}.mhd", where=path / "test_seriesuids.csv")
    return Folder(path, headers, subsets, listed, frozenset(test))


def read_annotations(folder: Folder) -> Points:
    """Read ``annotations.csv``. Raises DataError for a nodule in an unknown scan or without a size."""
    points = read_points(folder.path / "annotations.csv", "diameter_mm")
    known = {*folder.headers, *folder.listed}
    if not folder.listed and (source := candidates_file(folder)):
        known.update(read_points(source, "class", blank=True, optional=True).seriesuid)
    for uid, diameter, line in zip(points.seriesuid, points.value, points.lines, strict=True):
        if uid not in known:
            raise DataError(
                "an annotation is for an unknown scan",
                expected="a scan in the folder or in seriesuids.csv",
                found=uid,
                where=f"{points.path}, line {line}",
            )
        if diameter <= 0:
            raise DataError(
                "an annotated nodule has no size", found=f"{diameter:g} mm", where=f"{points.path}, line {line}"
            )
    return points


def read_excluded(folder: Folder) -> dict[str, np.ndarray]:
    """Read ``annotations_excluded.csv`` where there is one: rows (m, 4) by scan, without repeats."""
    path = folder.path / "annotations_excluded.csv"
    if not path.exists():
        return {}
    return {uid: np.unique(rows, axis=0) for uid, rows in read_points(path, "diameter_mm").spheres().items()}


def candidates_file(folder: Folder) -> Path | None:
    """Return the path of the contest's candidates: the second edition, else the first, else None."""
    for name in ("candidates_V2.csv", "candidates.csv"):
        if (folder.path / name).exists():
            return folder.path / name
    return None


def read_candidates(folder: Folder) -> Points:
    """Read the contest's candidates; the class may be blank (NaN). Raises DataError for one in an unknown scan."""
    path = candidates_file(folder)
    if path is None:
        raise DataError(
            "candidates_V2.csv is missing",
            where=folder.path,
            remedy="take it from the contest's page, or let the kit find candidates: kit run lung_nodules_detection",
        )
    points = read_points(path, "class", blank=True, optional=True)
    known = {*folder.headers, *folder.listed} if folder.listed else set(points.seriesuid)
    for uid, value, line in zip(points.seriesuid, points.value, points.lines, strict=True):
        if uid not in known:
            raise DataError("a candidate is in an unknown scan", found=uid, where=f"{path}, line {line}")
        if value not in (0, 1) and value == value:
            raise DataError(
                "a candidate's class is wrong", expected="0 or 1", found=value, where=f"{path}, line {line}"
            )
    return points
