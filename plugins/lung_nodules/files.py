"""The contest folder: scans by seriesuid and subset, lists of scans, annotations and candidates."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import numpy as np

from kit import DataError, console
from kit.files import ARCHIVES, is_system_file, unpacked

from .ct.scan import SUFFIXES, uid_of
from .tables import ANSWERS, PACKED, Points, find_table, read_points, read_seriesuids

_SUBSET = re.compile(r"subset_?(\d+)\Z", re.IGNORECASE)
_UID = re.compile(r"\d+(\.\d+){2,}")
EMPTY = np.empty((0, 4))
OTHER_FORMATS = (
    ".dcm", ".dicom", ".ima", ".nhdr", ".hdr", ".img", ".gipl", ".mnc", ".vtk", ".vti", ".npy", ".npz", ".mat",
    ".mhd.gz", ".mha.gz", ".nrrd.gz", ".nii.bz2", ".mhd.txt", ".mha.txt",
)  # fmt: skip
"""Formats of volumes that are not read."""
DATA_SUFFIXES = (".raw", ".zraw")
LARGEST_ARCHIVE = 1 << 30
"""Bytes of an archive of scans that is unpacked into the cache; the contest's subsets are six times as large."""


@dataclass(frozen=True)
class Unread:
    """A file that looks like a scan, or like an archive of scans, and is not read."""

    path: Path
    uid: str
    reason: str


@dataclass(frozen=True)
class Folder:
    """A contest folder: headers and subsets by seriesuid, the listed scans, and the test scans."""

    path: Path
    headers: Mapping[str, Path]
    subsets: Mapping[str, str]
    listed: Sequence[str]
    test: frozenset[str]
    unread: Sequence[Unread]

    def part(self, part: str) -> list[str]:
        """Return the scans of one part, sorted by uid. Raises DataError where a scan is there and is not read."""
        if self.unread:
            first = self.unread[0]
            more = f" and {len(self.unread) - 1:,} more" if len(self.unread) > 1 else ""
            raise DataError(
                f"there are scans that are not read: {first.reason}{more}",
                where=first.path,
                remedy="convert or unpack them, or move them out of the folder",
            )
        return sorted(uid for uid in self.headers if (uid in self.test) == (part == "test"))


def open_folder(path: Path) -> Folder:
    """Find the scans (in ``subset0`` to ``subset9``, or flat). Raises DataError for a repeated or missing scan."""
    files = list(_walk(path))
    headers: dict[str, Path] = {}
    subsets: dict[str, str] = {}
    for file in files:
        uid = uid_of(file.name)
        if uid is None:
            continue
        if uid in headers:
            raise DataError("a scan is there twice", found=uid, where=f"{headers[uid]} and {file}")
        headers[uid] = file
        inner = file.relative_to(path) if file.is_relative_to(path) else PurePath(*file.parts[-4:])
        found = [match.group(1) for name in inner.parts[:-1] if (match := _SUBSET.match(name))]
        if found:
            subsets[uid] = found[-1]
    unread = list(_unread(files, headers, set(subsets.values())))
    if not headers:
        raise DataError(
            "there is no scan",
            expected=f"subset0 ... subset9 with scans ({', '.join(SUFFIXES)})",
            found=f"{unread[0].path.name}: {unread[0].reason}" if unread else None,
            where=path,
        )
    listed, test = (_list(path, name) for name in ("seriesuids.csv", "test_seriesuids.csv"))
    for uid in test:
        if uid not in headers:
            raise DataError("a scan to predict is missing", expected=f"{uid}.mhd", where=path / "test_seriesuids.csv")
    return Folder(path, headers, subsets, listed, frozenset(test), unread)


def _walk(path: Path) -> Iterator[Path]:
    """Yield the files of a folder, of linked folders and of small archives of scans, sorted.

    The contest's lung masks (seg-lungs-LUNA16), which have the same names as the scans, and system files are left out.
    """

    def fail(error: OSError) -> None:
        raise DataError("a folder cannot be read", found=error.strerror, where=error.filename)

    seen: set[str] = set()
    for root, folders, names in os.walk(path, onerror=fail, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:  # a link to a folder that was read already
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(n for n in folders if _is_of_interest(n) and n not in ANSWERS and not n.startswith("seg"))
        for name in sorted(filter(_is_of_interest, names)):
            file = Path(root, name)
            if _is_packed_subset(file) and name.lower().endswith(ARCHIVES) and file.stat().st_size <= LARGEST_ARCHIVE:
                status = file.stat()
                yield from _walk(_unpacked_once(file, status.st_size, status.st_mtime_ns))
            else:
                yield file


def _is_of_interest(name: str) -> bool:
    return not name.startswith(".") and not is_system_file(PurePath(name))


def _is_packed_subset(file: Path) -> bool:
    """Return whether a file is an archive of a subset, or of a scan, that is not unpacked beside it."""
    ending = next((end for end in PACKED if file.name.lower().endswith(end)), "")
    stem = file.name[: len(file.name) - len(ending)]
    if not ending or uid_of(file.name) or (file.parent / stem).is_dir():
        return False
    return bool(_SUBSET.match(stem) or _UID.match(stem))


@lru_cache(maxsize=64)
def _unpacked_once(archive: Path, size: int, changed: int) -> Path:
    """Unpack an archive into the cache; size and time stand for its content, which is only read once a process."""
    return unpacked(archive, "lung_nodules")


def _unread(files: Sequence[Path], headers: Mapping[str, Path], subsets: set[str]) -> Iterator[Unread]:
    slices: set[Path] = set()
    for file in files:
        name = file.name.lower()
        suffix = next((end for end in (*OTHER_FORMATS, *DATA_SUFFIXES, *PACKED) if name.endswith(end)), "")
        uid = file.name[: len(file.name) - len(suffix)]
        if not suffix or uid in headers or uid_of(file.name):
            continue
        if suffix in PACKED:
            match = _SUBSET.match(uid)
            if _is_packed_subset(file) and not (match and match.group(1) in subsets):
                yield Unread(file, uid, f"{file.name} is still packed")
        elif suffix in DATA_SUFFIXES:
            if not _is_named_by_a_header(file, headers.values()):
                yield Unread(file, uid, f"{file.name} has no header ({uid}.mhd)")
        elif suffix in (".dcm", ".dicom", ".ima"):
            if file.parent not in slices:
                yield Unread(file.parent, file.parent.name, "DICOM slices are not read: convert them to .mhd")
            slices.add(file.parent)
        else:
            yield Unread(file, uid, f"{suffix} is not read")


def _is_named_by_a_header(data: Path, headers: Iterable[Path]) -> bool:
    """Return whether a header beside a data file names it; headers are small, and this is rarely asked."""
    beside = (header for header in headers if header.parent == data.parent and header.stat().st_size < 1 << 16)
    return any(os.fsencode(data.name) in header.read_bytes() for header in beside)


def _list(path: Path, name: str) -> list[str]:
    table = find_table(path, name)
    return read_seriesuids(table) if table else []


def read_annotations(folder: Folder) -> Points:
    """Read ``annotations.csv``. Raises DataError for a nodule in an unknown scan or without a size."""
    path = find_table(folder.path, "annotations.csv") or folder.path / "annotations.csv"
    points = read_points(path, "diameter_mm")
    _check_known(points, folder, "an annotation")
    for diameter, line in zip(points.value, points.lines, strict=True):
        if diameter <= 0:
            raise DataError("an annotated nodule has no size", found=f"{diameter:g} mm", where=f"{path}, line {line}")
    return points


def read_excluded(folder: Folder) -> dict[str, np.ndarray]:
    """Read ``annotations_excluded.csv`` where there is one: rows (m, 4) by scan, without repeats."""
    path = find_table(folder.path, "annotations_excluded.csv")
    if path is None:
        return {}
    points = read_points(path, "diameter_mm")
    _check_known(points, folder, "an excluded finding")
    return {uid: np.unique(rows, axis=0) for uid, rows in points.spheres().items()}


def candidates_file(folder: Folder) -> Path | None:
    """Return the path of the contest's candidates: the second edition, else the first, else None."""
    return find_table(folder.path, "candidates_V2.csv") or find_table(folder.path, "candidates.csv")


def read_candidates(folder: Folder) -> Points:
    """Read the contest's candidates; the class may be blank (NaN). Raises DataError for one in an unknown scan."""
    path = candidates_file(folder)
    if path is None:
        raise DataError(
            "candidates_V2.csv is missing",
            where=folder.path,
            remedy="take it from the contest's page, or let the kit find candidates: kit run lung_nodules_detection",
        )
    if "v2" not in path.name.lower():
        console.warn(f"{path.name} is outdated; the contest replaced it with candidates_V2.csv")
    points = read_points(path, "class", blank=True, optional=True)
    _check_known(points, folder, "a candidate")
    if not set(points.seriesuid) & folder.headers.keys():
        first = points.seriesuid[0] if len(points) else "no row"
        raise DataError("no candidate is in a scan of the folder", found=f"{first} and others", where=path)
    wrong = ~(np.isin(points.value, (0, 1)) | np.isnan(points.value))
    if wrong.any():
        row = int(np.argmax(wrong))
        where = f"{path}, line {points.lines[row]}"
        raise DataError("a candidate's class is wrong", expected="0 or 1", found=points.value[row], where=where)
    return points


def _check_known(points: Points, folder: Folder, what: str) -> None:
    """Raise DataError for a row of a scan that is neither in the folder nor listed.

    Where seriesuids.csv is missing, the candidates name every scan of the contest, whether it is in the folder or not.
    Then only a candidate's uid that differs from a scan's in its zeros (as spreadsheets drop them) can be refused.
    """
    known = {*folder.headers, *folder.listed}
    stripped = {form: uid for uid in known for form in _stripped(uid) if form not in known}
    source = None if folder.listed else candidates_file(folder)
    own = source == points.path
    if source is not None and not own:
        known.update(read_points(source, "class", blank=True, optional=True).seriesuid)
    for uid in dict.fromkeys(points.seriesuid):
        if uid in known or (own and uid not in stripped):
            continue
        line = points.lines[int(np.argmax(points.seriesuid == uid))]
        similar = stripped.get(uid)
        raise DataError(
            f"{what} is for an unknown scan",
            expected=f"{similar} (zeros differ)" if similar else "a scan in the folder or in seriesuids.csv",
            found=uid,
            where=f"{points.path}, line {line}",
            remedy="write uids as text" if similar else "put seriesuids.csv beside it where scans are missing",
        )


def _stripped(uid: str) -> tuple[str, str]:
    """Return a uid without the leading zeros of its numbers, and without its trailing zeros."""
    return ".".join(part.lstrip("0") or "0" for part in uid.split(".")), uid.rstrip("0")
