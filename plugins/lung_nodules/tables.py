"""The contest's CSV tables: annotations, candidates and lists of scans. Errors name file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import DataError
from kit.files import ARCHIVES, is_system_file, original_name, unpacked

from .ct.scan import uid_of

COORDINATES = ("coordX", "coordY", "coordZ")
PACKED = (*ARCHIVES, ".7z", ".rar", ".gz", ".bz2", ".xz")
"""Endings of archives, those first that can be unpacked."""
ANSWERS = ("answers", "training_answers")
"""Folders of the sample that hold tables of their own."""


@dataclass(frozen=True)
class Points:
    """Rows of world coordinates.

    ``seriesuid`` (N,) object, ``xyz`` (N, 3) float64 mm in the order x, y, z, ``value`` (N,) float64 (a diameter or a
    class, NaN where blank), ``lines`` (N,) int64 line numbers, the header being line 1.
    """

    seriesuid: np.ndarray
    xyz: np.ndarray
    value: np.ndarray
    lines: np.ndarray
    path: Path

    def __len__(self) -> int:
        return len(self.lines)

    def by_scan(self) -> dict[str, np.ndarray]:
        """Return the positions of every scan's rows, in file order."""
        rows: dict[str, list[int]] = {}
        for position, uid in enumerate(self.seriesuid):
            rows.setdefault(uid, []).append(position)
        return {uid: np.asarray(positions) for uid, positions in rows.items()}

    def spheres(self) -> dict[str, np.ndarray]:
        """Return the rows (n, 4) of x, y, z and value of every scan."""
        table = np.column_stack([self.xyz, self.value]) if len(self) else np.empty((0, 4))
        return {uid: table[rows] for uid, rows in self.by_scan().items()}


def read_points(path: Path, value: str, *, blank: bool = False, optional: bool = False) -> Points:
    """Read ``seriesuid,coordX,coordY,coordZ,VALUE`` by column name.

    ``blank`` allows empty cells in the value column (NaN); ``optional`` allows the column itself to be absent.
    Raises DataError naming the file, and the line of a cell that is not a finite number.
    """
    header, rows, lines = _read_rows(path)
    wanted = ("seriesuid", *COORDINATES, value)
    missing = [name for name in wanted if name not in header and not (optional and name == value)]
    if missing:
        raise DataError(
            f"{path.name} lacks the column {missing[0]!r}",
            expected=",".join(wanted),
            found=",".join(header),
            where=f"{path}, line 1",
        )
    cells = [
        [row[header.index(name)].strip() for row in rows] if name in header else [""] * len(rows) for name in wanted
    ]
    clean = {cell: clean_uid(cell) for cell in dict.fromkeys(cells[0])}
    cells[0] = [clean[cell] for cell in cells[0]]
    for line, uid in zip(lines, cells[0], strict=True):
        if not uid:
            raise DataError(f"{path.name}: a row without a seriesuid", where=f"{path}, line {line}")
    numbers = [
        _floats(column, path, lines, name, name == value and (blank or optional))
        for name, column in zip(wanted[1:], cells[1:], strict=True)
    ]
    uids = np.empty(len(rows), object)
    uids[:] = cells[0]
    xyz = np.stack(numbers[:3], axis=1) if rows else np.empty((0, 3))
    return Points(uids, xyz, numbers[3], np.asarray(lines, np.int64), path)


def read_seriesuids(path: Path) -> list[str]:
    """Read a list of scans: one seriesuid per line, no header. Raises DataError for a repeated one."""
    uids: dict[str, int] = {}
    for line, text in enumerate(_text(path).splitlines(), start=1):
        uid = clean_uid(text.partition(",")[0])
        if not uid or (line == 1 and uid == "seriesuid"):
            continue
        if uid in uids:
            raise DataError(f"{path.name} lists a scan twice", found=uid, where=f"{path}, lines {uids[uid]} and {line}")
        uids[uid] = line
    if not uids:
        raise DataError(f"{path.name} lists no scan", where=path)
    return list(uids)


def clean_uid(cell: str) -> str:
    """Return the seriesuid in a cell that may hold a file name.

    >>> clean_uid('subset0/1.2.840.mhd')
    '1.2.840'
    """
    name = cell.strip().strip("\"'").strip().replace("\\", "/").rpartition("/")[2]
    return uid_of(name) or name


def find_table(folder: Path, name: str) -> Path | None:
    """Return the table of this name in a folder, or of a name that means the same one, or None.

    Such names are ``annotation.csv``, ``Annotations.CSV`` and ``annotations (1).csv``, in the folder or in one of its
    folders (some distributions have ``CSVFILES``), or in an archive of its own (``candidates_V2.zip``). Raises
    DataError for two that differ, and for an archive that cannot be unpacked.
    """
    if (folder / name).is_file():
        return folder / name
    files = [path for path in (*folder.glob("*"), *folder.glob("*/*")) if not _is_strange(path, folder)]
    found = sorted(path for path in files if _plain_name(path.name) == name.lower() and path.is_file())
    if len({path.read_bytes() for path in found}) > 1:
        raise DataError(f"several files may be {name}", found=", ".join(map(str, found)), where=folder)
    if found:
        return found[0]
    names = (name.lower(), name.lower().removesuffix(".csv"))
    for archive in (path for path in files if path.name.lower().endswith(PACKED)):
        ending = next(end for end in PACKED if archive.name.lower().endswith(end))
        if _plain_name(archive.name[: -len(ending)]) in names:
            if ending not in ARCHIVES:
                raise DataError(f"{name} is still packed", where=archive, remedy="unpack it")
            return find_table(unpacked(archive, "lung_nodules"), name)
    return None


def _is_strange(path: Path, folder: Path) -> bool:
    """Return whether a file belongs to the system, to an office program or to the sample's answers."""
    inner = path.relative_to(folder)
    return is_system_file(inner) or any(part.startswith(".") or part in ANSWERS for part in inner.parts)


def _plain_name(name: str) -> str:
    """Return a file's name in small letters, without the number that a browser appends, and in the plural."""
    plain = original_name(name).lower()
    return {"annotation.csv": "annotations.csv", "candidate.csv": "candidates.csv"}.get(plain, plain)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing", where=path.parent) from None
    except (UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path.name} cannot be read as text", found=error, where=path) from None


def _read_rows(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    reader = csv.reader(_text(path).splitlines())
    try:
        header = [name.strip() for name in next(reader, [])]
        rows, lines = [], []
        for row in reader:
            if not any(row):
                continue
            if len(row) != len(header):
                raise DataError(
                    f"{path.name}: a row of {len(row)} cells",
                    expected=len(header),
                    where=f"{path}, line {reader.line_num}",
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{path.name} cannot be read as CSV", found=error, where=f"{path}, line {reader.line_num}"
        ) from None
    return header, rows, lines


def _floats(cells: Sequence[str], path: Path, lines: Sequence[int], name: str, blank: bool) -> np.ndarray:
    filled = [cell if cell else "nan" for cell in cells] if blank else cells
    try:
        values = np.asarray(list(map(float, filled)), np.float64)
    except ValueError:
        values = np.asarray([_number(cell) for cell in filled])
    wrong = ~np.isfinite(values)
    if blank:
        wrong &= np.asarray([bool(cell) for cell in cells], bool)
    for position in _first(wrong):
        raise DataError(
            f"{path.name}: {name} is not a finite number",
            found=cells[position] or "a blank",
            where=f"{path}, line {lines[position]}",
        )
    return values


def _first(mask: np.ndarray) -> Iterator[int]:
    if mask.any():
        yield int(np.argmax(mask))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
