"""Read NIfTI (.nii, .nii.gz) and NRRD (.nrrd) scans with SimpleITK, after their sizes have been checked.

SimpleITK is only given a file whose header fits its data: one file of its own, three dimensions, a length (after
unpacking, with the right checksum) that is exactly that of the voxels. Its warnings are errors.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from kit import DataError

from .entries import LARGEST_HEADER, wrong
from .geometry import Grid
from .header import Header, check_grid

if TYPE_CHECKING:
    import SimpleITK

NIFTI_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}
NRRD_TYPES = {
    "signed char": "i1", "int8": "i1", "uchar": "u1", "unsigned char": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2",
    "ushort": "u2", "unsigned short": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4",
    "unsigned int": "u4", "uint32": "u4", "float": "f4", "double": "f8",
}  # fmt: skip
NRRD_SPACES = ("left-posterior-superior", "lps", "right-anterior-superior", "ras")
BLOCK = 1 << 20


def parse(path: Path) -> Header:
    """Read the header of a NIfTI or NRRD file. Raises DataError for one that is wrong, unsafe or not supported."""
    try:
        shape, dtype = _nrrd(path) if path.name.lower().endswith(".nrrd") else _nifti(path)
    except OSError as error:
        raise DataError("the scan cannot be read", found=error.strerror or error, where=path) from None
    except zlib.error as error:
        raise DataError("the scan's compressed data cannot be unpacked", found=error, where=path) from None
    reader = _reader(path)
    with _strict(path):
        reader.ReadImageInformation()
    grid = Grid(shape, reader.GetOrigin(), reader.GetSpacing(), reader.GetDirection())
    if tuple(reader.GetSize())[:3] != shape or not np.isfinite([*grid.origin, *grid.spacing, *grid.direction]).all():
        raise DataError("the scan's header is contradictory", expected=shape, found=reader.GetSize(), where=path)
    check_grid(grid, path)
    return Header(path, grid, path, np.dtype(dtype))


def read_voxels(header: Header) -> np.ndarray:
    """Read a scan's voxels (z, y, x), rescaled as its header says."""
    import SimpleITK

    with _strict(header.path):
        values = SimpleITK.GetArrayFromImage(_reader(header.path).Execute())
    if values.size != np.prod(header.grid.size):
        raise DataError(
            "the scan's size is not that in its header",
            expected=header.grid.shape,
            found=values.shape,
            where=header.path,
        )
    return np.asarray(values).reshape(header.grid.shape)


def _reader(path: Path) -> SimpleITK.ImageFileReader:
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("NrrdImageIO" if path.name.lower().endswith(".nrrd") else "NiftiImageIO")
    reader.SetFileName(str(path))
    return reader


@contextmanager
def _strict(path: Path) -> Iterator[None]:
    """Turn SimpleITK's errors and its warnings, which it prints by default, into a DataError."""
    import SimpleITK

    class Log(SimpleITK.LoggerBase):  # type: ignore[misc,name-defined]  # SimpleITK has no types
        def __init__(self) -> None:
            super().__init__()
            self.lines: list[str] = []

        def DisplayText(self, text: str) -> None:  # noqa: N802  SimpleITK's own name
            self.lines.append(text)

        DisplayErrorText = DisplayWarningText = DisplayGenericOutputText = DisplayDebugText = DisplayText

    log = Log()
    before = log.SetAsGlobalITKLogger()
    try:
        yield
    except RuntimeError as error:
        log.lines.append(str(error))
    finally:
        before.SetAsGlobalITKLogger()
    if log.lines:
        reason = [line.strip() for line in log.lines[0].splitlines() if line.strip()]
        raise DataError("the scan cannot be read without a warning", found=reason[-1][:200], where=path)


def _nifti(path: Path) -> tuple[tuple[int, int, int], str]:
    compressed = path.name.lower().endswith(".gz")
    with path.open("rb") as file:
        head, total = _measure(file, compressed, 348, path)
    if len(head) < 348:
        raise DataError("the scan's data file is short", expected="a header of 348 bytes", found=len(head), where=path)
    order = "<" if head[:4] == struct.pack("<i", 348) else ">"
    if struct.unpack_from(f"{order}i", head)[0] != 348 or head[344:347] != b"n+1":
        raise DataError(
            "the scan is not a NIfTI-1 file", expected="348 and 'n+1'", found=ascii(head[344:348]), where=path
        )
    dims = struct.unpack_from(f"{order}8h", head, 40)
    if dims[0] not in (3, 4) or min(dims[1:4]) < 1 or (dims[0] == 4 and dims[4] != 1):
        raise wrong(path, "dim", "three dimensions", dims[: max(2, min(8, dims[0] + 1))])
    kind = struct.unpack_from(f"{order}h", head, 70)[0]
    if kind not in NIFTI_TYPES:
        raise wrong(path, "datatype", f"one of {', '.join(map(str, NIFTI_TYPES))}", kind)
    offset = struct.unpack_from(f"{order}f", head, 108)[0]
    if not 352 <= offset <= LARGEST_HEADER or offset != int(offset):
        raise wrong(path, "vox_offset", f"352 to {LARGEST_HEADER}", offset)
    shape = (dims[1], dims[2], dims[3])
    _check_length(total - int(offset), shape, NIFTI_TYPES[kind], path)
    return shape, NIFTI_TYPES[kind]


def _nrrd(path: Path) -> tuple[tuple[int, int, int], str]:
    with path.open("rb") as file:
        start = file.read(LARGEST_HEADER)
        end = re.search(rb"\r?\n\r?\n", start)
        if not re.match(rb"NRRD000[1-5]\r?\n", start) or end is None:
            raise DataError("the scan is not an NRRD file with its header and data in one", where=path)
        fields = _nrrd_fields(start[: end.start()], path)
        encoding = fields["encoding"].lower()
        if encoding not in ("raw", "gzip", "gz"):
            raise wrong(path, "encoding", "raw or gzip", fields["encoding"])
        file.seek(end.end())
        _, total = _measure(file, encoding != "raw", 0, path)
    sizes = re.fullmatch(r"(\d{1,9}) (\d{1,9}) (\d{1,9})", fields["sizes"])
    if fields["dimension"] != "3" or sizes is None or "0" in sizes.groups():
        raise wrong(path, "sizes", "three whole numbers above 0", fields["sizes"])
    if fields["type"] not in NRRD_TYPES:
        raise wrong(path, "type", ", ".join(NRRD_TYPES), fields["type"])
    if fields["space"].lower() not in NRRD_SPACES:
        raise wrong(path, "space", ", ".join(NRRD_SPACES), fields["space"])
    shape = (int(sizes[1]), int(sizes[2]), int(sizes[3]))
    _check_length(total, shape, NRRD_TYPES[fields["type"]], path)
    return shape, NRRD_TYPES[fields["type"]]


def _nrrd_fields(text: bytes, path: Path) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in text.decode("latin-1").splitlines()[1:]:
        name, colon, value = line.partition(": ")
        name = name.strip().lower()
        if line.startswith("#") or not colon or ":=" in line.split(":", 1)[0] + ":":
            continue
        if name in fields:
            raise DataError(f"the scan's header has {name} twice", where=path)
        fields[name] = value.strip()
    if unsafe := {"data file", "datafile", "line skip", "lineskip", "byte skip", "byteskip"} & fields.keys():
        raise DataError(f"the scan's header has a {min(unsafe)}, which is not read", where=path)
    if (
        missing := {"type", "dimension", "sizes", "encoding", "space", "space directions", "space origin"}
        - fields.keys()
    ):
        raise DataError(f"the scan's header has no {min(missing)}", where=path)
    return fields


def _measure(file: BinaryIO, compressed: bool, keep: int, path: Path) -> tuple[bytes, int]:
    """Return the first bytes and the length of what is left of a file, unpacked (gzip) and checked by its checksum."""
    head, total = b"", 0
    unpack: Any = zlib.decompressobj(wbits=31) if compressed else None
    while block := (unpack.unconsumed_tail if unpack else b"") or file.read(BLOCK):
        piece = unpack.decompress(block, 4 * BLOCK) if unpack else block
        head += piece[: max(0, keep - len(head))]
        total += len(piece)
        if total > 1 << 33 or (unpack and unpack.eof):
            break
    if unpack and (not unpack.eof or unpack.unused_data or file.read(1)):
        text = "the scan's compressed data are cut off, too long, or have more data after them"
        raise DataError(text, where=path, remedy="download the scan again")
    return head, total


def _check_length(found: int, shape: tuple[int, int, int], dtype: str, path: Path) -> None:
    expected = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if found != expected:
        raise DataError(
            f"the scan's data file is {'short' if found < expected else 'too long'}",
            expected=f"{expected:,} bytes of voxels",
            found=f"{found:,}",
            where=path,
            remedy="download the scan again",
        )
