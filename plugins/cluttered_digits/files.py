"""The arrays of an npz archive, read without pickle and checked before they are used."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import DataError
from kit.files import data_files, sha256
from kit.wording import listed

from .config import CLASSES, SIDE

NAME = "mnist_sequence1_sample_5distortions5x5.npz"
DOWNLOAD = f"download {NAME} again"
PIXELS = SIDE * SIDE
LARGEST = 1 << 30  # bytes of one array; the contest's largest has 64 million
LONGEST_HEADER = 1 << 16  # bytes; the header of such an array has 128
UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def locate(folder: Path) -> Path:
    """Find the contest's file in a folder, which may be the file itself, by its name or as the only npz file.

    Names such as ``mnist_sequence1_sample_5distortions5x5.train_valid.npz`` are found too. Raises DataError if there is
    none, or if there are several with different content.
    """
    files = [path for path in data_files(Path(folder), "cluttered_digits") if path.suffix.lower() == ".npz"]
    named = [path for path in files if path.name.startswith(Path(NAME).stem)]
    chosen = [path for path in named if path.name == NAME] or named or files
    different = {sha256(path): path for path in chosen} if len(chosen) > 1 else dict.fromkeys(chosen, None)
    if not chosen:
        raise DataError(f"{NAME} is missing", where=folder, remedy="kit show cluttered_digits lists the files")
    if len(different) > 1:
        found = listed([path.name for path in chosen])
        raise DataError("there are several npz files", expected=NAME, found=found, where=folder, remedy="keep one")
    return chosen[0]


def images(path: Path, part: str) -> np.ndarray:
    """Return the images of ``X_train``, ``X_valid`` or ``X_test``, float32 (N, 40, 40) from 0 to 1.

    Raises DataError with the row of a value that is not a number or out of range.
    """
    key = f"X_{part}"
    with _opened(path, key) as archive:
        header = _header(archive, key)
        if header.dtype.kind != "f" or len(header.shape) != 2 or header.shape[1] != PIXELS or not header.shape[0]:
            raise _refused(path, key, f"numbers of shape (N, {PIXELS})", header)
        table = _array(archive, key, header)
    wrong = ~((table >= 0) & (table <= 1)).all(axis=1)  # a comparison with NaN is false
    if wrong.any():
        row = int(np.argmax(wrong))
        values = table[row]
        value = values[~((values >= 0) & (values <= 1))][0]
        where = f"{path}, {key}, row {row + 1}"
        remedy = "divide the pixels by 255" if table.min() >= 0 and 1 < table.max() <= 255 else DOWNLOAD
        raise DataError("a pixel is out of range", expected="0 to 1", found=value, where=where, remedy=remedy)
    return np.ascontiguousarray(table, np.float32).reshape(-1, SIDE, SIDE)


def labels(path: Path, part: str, count: int) -> list[int]:
    """Return the ``count`` labels of ``y_train``, ``y_valid`` or ``y_test``, stored as (N, 1) or (N,).

    Whole numbers may be floats. Raises DataError for another number of labels, and with the row of a label that is no
    digit.
    """
    key = f"y_{part}"
    with _opened(path, key) as archive:
        header = _header(archive, key)
        if header.dtype.kind not in "iuf" or header.shape not in ((count, 1), (count,)):
            raise _refused(path, key, f"whole numbers of shape ({count}, 1), one for each row of X_{part}", header)
        values = _array(archive, key, header).reshape(-1)
    wrong = np.flatnonzero(~np.isin(values, np.arange(CLASSES)))
    if len(wrong):
        where = f"{path}, {key}, row {wrong[0] + 1}"
        raise DataError(
            "a label is not a digit", expected="0 to 9", found=values[wrong[0]], where=where, remedy=DOWNLOAD
        )
    return [int(value) for value in values]


def keys(path: Path) -> list[str]:
    """Return the names of the arrays in the archive."""
    with _opened(path, "") as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


def row_count(path: Path, key: str) -> int:
    """Return the number of rows of an array from its header."""
    with _opened(path, key) as archive:
        shape = _header(archive, key).shape
    return shape[0] if shape else 0


@dataclass(frozen=True)
class Header:
    """The shape and type of a stored array, and the position of its first byte."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    start: int


@contextmanager
def _opened(path: Path, key: str) -> Iterator[zipfile.ZipFile]:
    """Open the archive; turn every error of zip, deflate and NumPy into a DataError with file and key."""
    try:
        with zipfile.ZipFile(path) as archive:
            if key and f"{key}.npy" not in archive.namelist():
                found = listed([name.removesuffix(".npy") for name in archive.namelist()], 8) or "nothing"
                raise DataError(f"{path.name} has no {key}", found=found, where=path, remedy=DOWNLOAD)
            yield archive
    except UNREADABLE as error:
        what = f"{key} of {path.name} cannot be read" if key else f"{path.name} cannot be read"
        found = str(error) if path.stat().st_size else "an empty file"
        raise DataError(what, expected="an npz archive", found=found, where=path, remedy=DOWNLOAD) from None


def _header(archive: zipfile.ZipFile, key: str) -> Header:
    """Read an array's header. Raises ValueError for pickled objects and for a size that the member does not have."""
    member = archive.getinfo(f"{key}.npy")
    with archive.open(member) as stream:
        start = io.BytesIO(stream.read(LONGEST_HEADER))
    version = np.lib.format.read_magic(start)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} of NumPy's format")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(start)
    if dtype.hasobject:
        raise ValueError("pickled objects, which are never loaded")
    claimed = start.tell() + math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or claimed != member.file_size or claimed > LARGEST:
        raise ValueError(f"shape {shape} does not fit {member.file_size:,} bytes")
    return Header(shape, dtype, start.tell())


def _array(archive: zipfile.ZipFile, key: str, header: Header) -> np.ndarray:
    content = archive.read(f"{key}.npy")  # to its end, so that the checksum is compared
    found: np.ndarray = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return found


def _refused(path: Path, key: str, expected: str, header: Header) -> DataError:
    found = f"{header.dtype} of shape {header.shape}"
    return DataError(f"{key} has the wrong shape or type", expected=expected, found=found, where=path, remedy=DOWNLOAD)
