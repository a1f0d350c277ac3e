"""Read MetaImage scans (.mhd with .raw or .zraw) by SimpleITK, after their untrusted header has been judged here.

Format: itk.org/Wiki/ITK/MetaIO/Documentation. A header can name any file on the disk as its data, and a short data file
makes some readers return whatever was in memory; so both are checked before SimpleITK opens anything.
"""

from __future__ import annotations

import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit import DataError

from .geometry import Grid

if TYPE_CHECKING:
    import SimpleITK

ELEMENT_BYTES = {
    "MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2,
    "MET_INT": 4, "MET_UINT": 4, "MET_FLOAT": 4, "MET_DOUBLE": 8,
}  # fmt: skip
LARGEST_HEADER = 1 << 16
MOST_VOXELS = 1 << 31
_PLAIN_NAME = re.compile(r"[^/\\:%\0]+\Z")


@dataclass(frozen=True)
class Header:
    """What a scan's header says: where its voxels lie, and in which file."""

    path: Path
    grid: Grid
    data_file: Path
    compressed: bool
    data_bytes: int
    """Bytes of the uncompressed voxels."""


def read_header(path: Path) -> Header:
    """Read and judge a header. Raises DataError naming the header and the entry that is missing, wrong or unsafe."""
    entries = _entries(path)
    if _words(entries, "NDims", path, 1) != ["3"]:
        raise _wrong(path, "NDims", "3", entries["NDims"])
    if entries.get("ElementNumberOfChannels", "1") != "1":
        raise _wrong(path, "ElementNumberOfChannels", "1", entries["ElementNumberOfChannels"])
    kind = _words(entries, "ElementType", path, 1)[0]
    if kind not in ELEMENT_BYTES:
        raise _wrong(path, "ElementType", ", ".join(ELEMENT_BYTES), kind)
    grid = _grid(entries, path)
    compressed = entries.get("CompressedData", "False").lower() == "true"
    size = int(np.prod(grid.size, dtype=np.int64)) * ELEMENT_BYTES[kind]
    header = Header(path, grid, _data_file(entries, path), compressed, size)
    _check_size(header)
    return header


def read_scan(path: Path, threads: int = 0) -> tuple[SimpleITK.Image, Grid]:
    """Read a scan's voxels as a SimpleITK image with its grid. Raises DataError. ``threads`` 0: SimpleITK's choice."""
    import SimpleITK

    header = read_header(path)
    if header.compressed:
        _check_compressed(header)
    if threads:
        SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("MetaImageIO")
    reader.SetFileName(str(path))
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise DataError("the scan cannot be read", found=str(error).strip().splitlines()[-1], where=path) from None
    if image.GetSize() != header.grid.size:
        raise DataError(
            "the scan has another size than its header", expected=header.grid.size, found=image.GetSize(), where=path
        )
    return image, header.grid


def _entries(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_HEADER).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("the scan's header cannot be read", found=error, where=path) from None
    pairs = (line.partition("=") for line in text.splitlines())
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def _words(entries: dict[str, str], name: str, path: Path, count: int) -> list[str]:
    if name not in entries:
        raise DataError(
            f"the scan's header has no {name}", where=path, remedy="take the header from the contest's files again"
        )
    words = entries[name].split()
    if len(words) != count:
        raise _wrong(path, name, f"{count} values", entries[name])
    return words


def _floats(entries: dict[str, str], name: str, path: Path, count: int) -> list[float]:
    words = _words(entries, name, path, count)
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = [float("nan")]
    if not np.isfinite(values).all():
        raise _wrong(path, name, f"{count} finite numbers", entries[name])
    return values


def _grid(entries: dict[str, str], path: Path) -> Grid:
    size = _floats(entries, "DimSize", path, 3)
    if any(n < 1 or n != int(n) for n in size) or np.prod(size) > MOST_VOXELS:
        raise _wrong(path, "DimSize", f"three whole numbers, at most {MOST_VOXELS:,} voxels", entries["DimSize"])
    spacing = _floats(entries, "ElementSpacing", path, 3)
    if min(spacing) <= 0:
        raise _wrong(path, "ElementSpacing", "three positive numbers of mm", entries["ElementSpacing"])
    origin = _floats(entries, _either(entries, "Offset", "Position", "Origin"), path, 3)
    name = _either(entries, "TransformMatrix", "Rotation", "Orientation")
    # MetaImage stores the axes' directions row by row; the columns of ITK's direction matrix are the axes.
    axes = np.reshape(_floats(entries, name, path, 9), (3, 3)).T if name in entries else np.eye(3)
    if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-3):
        raise _wrong(path, name, "three perpendicular axes of length 1", entries[name])
    return Grid(
        (int(size[0]), int(size[1]), int(size[2])), tuple(origin), tuple(spacing), tuple(map(float, axes.ravel()))
    )


def _either(entries: dict[str, str], *names: str) -> str:
    return next((name for name in names if name in entries), names[0])


def _data_file(entries: dict[str, str], path: Path) -> Path:
    """The data file: a regular file beside its header, and no path, pattern, list or link that leads elsewhere."""
    name = " ".join(_words(entries, "ElementDataFile", path, len(entries.get("ElementDataFile", "").split()) or 1))
    if not _PLAIN_NAME.match(name) or name in ("..", ".", "LOCAL", "LIST") or name.startswith("LIST "):
        raise DataError(
            "the scan's header names a data file outside its folder, or none",
            expected="ElementDataFile = the name of a file in the same folder", found=name or "a blank", where=path,
        )  # fmt: skip
    data = path.parent / name
    if not data.exists():
        raise DataError(
            "the scan's data file is missing", expected=data, where=path, remedy="copy it beside its header"
        )
    real = data.resolve()
    if real.parent not in (path.parent.resolve(), path.resolve().parent):
        raise DataError("the scan's data file is a link that leads out of its folder", found=real, where=path)
    if not stat.S_ISREG(real.stat().st_mode):
        raise DataError("the scan's data file is no regular file", found=data, where=path)
    return data


def _check_size(header: Header) -> None:
    found = header.data_file.stat().st_size
    if found == 0 or (not header.compressed and found != header.data_bytes):
        raise DataError(
            f"the scan's data file is {'short' if found < header.data_bytes else 'too long'}",
            expected=f"{header.data_bytes:,} bytes" + (" after unpacking" if header.compressed else ""),
            found=f"{found:,} bytes", where=header.data_file, remedy="download the subset again",
        )  # fmt: skip


def _check_compressed(header: Header) -> None:
    """Unpack a .zraw in small pieces to count its bytes: MetaIO does not notice a stream that ends early."""
    unpack, count = zlib.decompressobj(), 0
    try:
        with header.data_file.open("rb") as file:
            while count <= header.data_bytes and (block := unpack.unconsumed_tail or file.read(1 << 20)):
                count += len(unpack.decompress(block, 1 << 22))
    except zlib.error as error:
        raise DataError("the scan's compressed data cannot be unpacked", found=error, where=header.data_file) from None
    if count != header.data_bytes:
        raise DataError(
            "the scan's compressed data unpack to another size",
            expected=f"{header.data_bytes:,} bytes",
            found=f"{'at least ' if count > header.data_bytes else ''}{count:,} bytes",
            where=header.data_file,
            remedy="download the subset again",
        )


def _wrong(path: Path, name: str, expected: Any, found: Any) -> DataError:
    return DataError(f"the scan's header has a wrong {name}", expected=expected, found=found, where=path)
