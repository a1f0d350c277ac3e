"""Read MetaImage scans: .mhd with .raw or .zraw, and .mha.

Format: itk.org/Wiki/ITK/MetaIO/Documentation. The header is parsed and the voxels are read here, not by MetaIO, which
returns whatever was in memory for a data file or a ``CompressedDataSize`` that is too small.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kit import DataError

from .entries import LOCAL, RESCALES, Entries, read_entries, wrong
from .geometry import Grid
from .header import Header, check_grid, is_plausible

ELEMENT_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
"""MetaImage's types as NumPy's. ``MET_LONG`` is missing: it has 4 bytes on some systems and 8 on others."""
_PLAIN_NAME = re.compile(r"[^/\\:%\0]+\Z")
BLOCK = 1 << 20
UNITS = {"um": 0.001, "cm": 10.0}
"""Other units than mm, in mm. MetaIO ignores them, so they count only where the numbers cannot be mm."""


def parse(path: Path) -> Header:
    """Read a MetaImage header (.mhd or .mha). Raises DataError with the entry that is missing, wrong or unsafe."""
    entries = read_entries(path)
    _check_kind(entries)
    _, kind = entries.require("ElementType")
    if kind not in ELEMENT_TYPES:
        raise wrong(path, "ElementType", ", ".join(ELEMENT_TYPES), kind)
    order = ">" if entries.flag("BinaryDataByteOrderMSB", False) else "<"
    grid = _grid(entries)
    compressed = entries.flag("CompressedData", False)
    data_file = _data_file(entries)
    header = Header(
        path, grid, data_file, np.dtype(order + ELEMENT_TYPES[kind]), 0, compressed, tuple(_rescales(entries))
    )
    return _located(header, entries)


def _check_kind(entries: Entries) -> None:
    path = entries.path
    kind = entries.get("ObjectType")
    if kind is not None and kind[1] != "Image":
        raise wrong(path, "ObjectType", "Image", kind[1])
    if entries.require("NDims")[1] != "3":
        raise wrong(path, "NDims", "3", entries.require("NDims")[1])
    if entries.whole("ElementNumberOfChannels", 1) != 1:
        raise wrong(path, "ElementNumberOfChannels", "1", entries.require("ElementNumberOfChannels")[1])
    if not entries.flag("BinaryData", True):
        raise DataError(
            "the scan's voxels are stored as text, which is not read",
            expected="BinaryData = True",
            found="BinaryData = False",
            where=path,
            remedy="convert it: SimpleITK.WriteImage(SimpleITK.ReadImage(OLD), NEW)",
        )


def _grid(entries: Entries) -> Grid:
    path, size = entries.path, entries.floats("DimSize", 3)
    if any(n < 1 or n != int(n) for n in size):
        raise wrong(path, "DimSize", "three whole numbers above 0", entries.require("DimSize")[1])
    spacing, origin = entries.floats("ElementSpacing", 3), entries.floats("Offset", 3)
    unit = entries.get("DistanceUnits")
    if unit and unit[1] in UNITS and not is_plausible(spacing) and is_plausible([n * UNITS[unit[1]] for n in spacing]):
        spacing, origin = ([n * UNITS[unit[1]] for n in values] for values in (spacing, origin))
    if min(spacing) <= 0:
        raise wrong(path, "ElementSpacing", "three positive numbers of mm", entries.require("ElementSpacing")[1])
    # MetaImage stores the axes' directions row by row; the columns of ITK's direction matrix are the axes.
    matrix = entries.get("TransformMatrix")
    axes = np.reshape(entries.floats("TransformMatrix", 9), (3, 3)).T if matrix else np.eye(3)
    if matrix and not np.allclose(axes.T @ axes, np.eye(3), atol=1e-3):
        raise wrong(path, matrix[0], "three perpendicular axes of length 1", matrix[1])
    grid = Grid(
        (int(size[0]), int(size[1]), int(size[2])), tuple(origin), tuple(spacing), tuple(map(float, axes.ravel()))
    )
    check_grid(grid, path)
    return grid


def _rescales(entries: Entries) -> list[tuple[float, float]]:
    pairs = []
    for slope, intercept in RESCALES:
        if slope in entries.values or intercept in entries.values:
            values = [
                entries.floats(n, 1)[0] if n in entries.values else d for n, d in ((slope, 1.0), (intercept, 0.0))
            ]
            pairs.append((values[0], values[1]))
    return pairs


def _data_file(entries: Entries) -> Path:
    """Return the data file: a regular file beside its header, no path, pattern, list or link that leads elsewhere."""
    path, name = entries.path, entries.require("ElementDataFile")[1]
    if name in LOCAL:
        return path
    if name.upper() == "LIST" or name.upper().startswith("LIST ") or "%" in name:
        raise DataError(
            "the scan's voxels are in a file for each slice, which is not read",
            found=f"ElementDataFile = {name!a}",
            where=path,
            remedy="convert it: SimpleITK.WriteImage(SimpleITK.ReadImage(OLD), NEW)",
        )
    name = name.removeprefix("./")
    if not _PLAIN_NAME.match(name) or name in ("..", "."):
        raise DataError(
            "the scan's header names a data file outside its folder, or none",
            expected="ElementDataFile = the name of a file in the same folder",
            found=ascii(name) if name else "a blank",
            where=path,
        )
    data = path.parent / name
    if not data.exists():
        raise DataError(
            "the scan's data file is missing", expected=data, where=path, remedy="copy it beside its header"
        )
    real = data.resolve()
    if real.parent not in (path.parent.resolve(), path.resolve().parent):
        raise DataError("the scan's data file is a link that leads out of its folder", found=real, where=path)
    if not real.is_file():
        raise DataError("the scan's data file is not a regular file", found=data, where=path)
    return data


def _located(header: Header, entries: Entries) -> Header:
    """Return the header with the offset of its voxels, after its sizes have been compared with the data file's."""
    local = header.data_file == header.path
    total, skipped = header.data_file.stat().st_size, entries.whole("HeaderSize", 0)
    if skipped and (local or header.compressed or skipped < -1):
        raise wrong(header.path, "HeaderSize", "0, or for uncompressed data in a file of its own -1 or more", skipped)
    offset = entries.end if local else total - header.data_bytes if skipped == -1 else skipped
    stored = entries.whole("CompressedDataSize", 0) if header.compressed else 0
    if stored and stored != total - offset:
        raise DataError(
            "the scan's header has a wrong CompressedDataSize",
            expected=f"{total - offset:,} bytes, the size of the data",
            found=f"{stored:,}",
            where=header.path,
            remedy="download the subset again",
        )
    least, most = header.data_bytes, header.data_bytes
    if header.compressed:
        least, most = header.data_bytes // 1032, total  # zlib packs at most 1,032 bytes into one
    if offset < 0 or not least <= total - offset <= max(most, least) or total <= offset:
        size = "short" if total - offset < max(least, 1) else "too long"
        raise DataError(
            f"the scan's data file is {size}",
            expected=f"{header.data_bytes:,} bytes" + (" after unpacking" if header.compressed else ""),
            found=f"{max(0, total - offset):,} bytes",
            where=header.data_file,
            remedy="download the subset again",
        )
    return replace(header, offset=offset)


def read_voxels(header: Header) -> np.ndarray:
    """Read a scan's voxels (z, y, x) as they are stored. Raises DataError for a damaged data file."""
    try:
        with header.data_file.open("rb") as file:
            file.seek(header.offset)
            data = _unpacked(header, file) if header.compressed else file.read(header.data_bytes)
    except OSError as error:
        raise DataError("the scan's data file cannot be read", found=error.strerror, where=header.data_file) from None
    if len(data) != header.data_bytes:
        raise DataError(
            "the scan's data file changed while it was read", found=f"{len(data):,} bytes", where=header.data_file
        )
    return np.frombuffer(data, header.dtype).reshape(header.grid.shape)


def _unpacked(header: Header, file: BinaryIO) -> bytearray:
    """Unpack a zlib or gzip stream; its checksum must be right and its length exactly that of the voxels."""
    unpack, data = zlib.decompressobj(wbits=47), bytearray()
    try:
        while (
            not unpack.eof and len(data) <= header.data_bytes and (block := unpack.unconsumed_tail or file.read(BLOCK))
        ):
            data += unpack.decompress(block, 4 * BLOCK)
    except zlib.error as error:
        raise DataError("the scan's compressed data cannot be unpacked", found=error, where=header.data_file) from None
    more = len(data) > header.data_bytes
    if len(data) != header.data_bytes or not unpack.eof or unpack.unused_data or file.read(1):
        raise DataError(
            "the scan's compressed data unpack to the wrong size",
            expected=f"{header.data_bytes:,} bytes",
            found=f"{'at least ' if more else ''}{len(data):,} bytes"
            + ("" if unpack.eof or more else ", cut off")
            + (" and more data after them" if unpack.eof else ""),
            where=header.data_file,
            remedy="download the subset again",
        )
    return data
