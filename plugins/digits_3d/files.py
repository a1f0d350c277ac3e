"""The contest's h5 files: vectors of voxels or point clouds, checked before they are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from kit import DataError, Part, SampleError
from kit.files import data_files, sha256
from kit.wording import listed

from .config import CLASSES, SIDE

VECTORS = "full_dataset_vectors.h5"
CLOUDS = {"train": "train_point_clouds.h5", "test": "test_point_clouds.h5"}
CELLS = SIDE**3
LARGEST = 1 << 31  # bytes of one array; the contest's largest has 330 million
FEWEST = 10
"""A cloud of fewer different points shows no digit; the contest's have thousands."""
DOWNLOAD = "download the file again"
AGAIN = f"{DOWNLOAD}, or leave the cloud out of the training with --skip-bad N"
UNREADABLE = (OSError, KeyError, ValueError, TypeError, RuntimeError)


def locate(folder: Path, part: Part) -> tuple[Path, bool]:
    """Find the file of a part and whether it holds vectors; these come before clouds where the part has them.

    ``folder`` may be a file.

    Raises DataError if there is neither, or if there are several of one kind that differ.
    """
    files = [path for path in data_files(Path(folder), "digits_3d") if path.suffix.lower() in (".h5", ".hdf5")]
    vectors, clouds = (
        [path for path in files if path.name.lower().startswith(Path(name).stem)] for name in (VECTORS, CLOUDS[part])
    )
    if vectors:
        path = _only([path for path in vectors if path.name == VECTORS] or vectors, folder)
        if not clouds or has(path, f"X_{part}"):
            return path, True
    if clouds:
        return _only([path for path in clouds if path.name == CLOUDS[part]] or clouds, folder), False
    if len(files) == 1 and has(files[0], f"X_{part}"):  # under any name
        return files[0], True
    raise DataError(
        f"the {part} part is missing",
        expected=f"{VECTORS}, or {CLOUDS[part]}",
        found=listed([path.name for path in files]) or "no h5 file",
        where=folder,
        remedy="kit show digits_3d lists the files",
    )


def _only(paths: list[Path], folder: Path) -> Path:
    """The first of several files that hold the same. Raises DataError if they differ."""
    if len(paths) > 1 and len({sha256(path) for path in paths}) > 1:
        found = listed([path.name for path in paths])
        raise DataError("there are several files of one kind", found=found, where=folder, remedy="keep one")
    return paths[0]


def volumes(path: Path, part: Part) -> np.ndarray:
    """Return ``X_train`` or ``X_test`` as float32 (N, 16, 16, 16) in the order z, y, x.

    Raises DataError with the row of a value that is not a number or below 0.
    """
    key = f"X_{part}"
    with opened(path) as file:
        table = _array(file, key, path)
        if table.dtype.kind not in "fiub" or table.ndim != 2 or table.shape[1] != CELLS or not len(table):
            raise _refused(path, key, f"numbers of shape (N, {CELLS})", table)
        values = np.asarray(table[()], np.float32)
    wrong = ~((values >= 0) & np.isfinite(values)).all(axis=1)  # a comparison with NaN is false
    if wrong.any():
        where = f"{path}, {key}, row {int(np.argmax(wrong)) + 1}"
        raise DataError("a voxel has no value", expected="0 or more", where=where, remedy=DOWNLOAD)
    return values.reshape(-1, SIDE, SIDE, SIDE)


def labels(path: Path, part: Part, count: int) -> list[int]:
    """Return the ``count`` labels of ``y_train`` or ``y_test``, stored as (N,) or (N, 1).

    Raises DataError for another number of labels, and with the row of a label that is not a digit.
    """
    key = f"y_{part}"
    with opened(path) as file:
        table = _array(file, key, path)
        if table.dtype.kind not in "iuf" or table.shape not in ((count,), (count, 1)):
            raise _refused(path, key, f"whole numbers of shape ({count},), one for each row of X_{part}", table)
        values = np.asarray(table[()]).reshape(-1)
    return [_digit(value, f"{path}, {key}, row {row}") for row, value in enumerate(values.tolist(), 1)]


def cloud_names(path: Path) -> list[str]:
    """Return the names of the groups of a file of clouds in the order of their numbers."""
    with opened(path) as file:
        names = list(file)
    wrong = [name for name in names if not name.isdigit()]
    if wrong or not names:
        found = listed(wrong) or "no group"
        raise DataError(
            "a group is not named by a number", expected="0, 1, 2, ...", found=found, where=path, remedy=DOWNLOAD
        )
    ordered = sorted(names, key=int)
    repeated = [f"{one} and {other}" for one, other in pairwise(ordered) if int(one) == int(other)]
    if repeated:
        raise DataError("two groups have one number", found=listed(repeated), where=path, remedy="keep one of them")
    return ordered


def cloud(path: Path, name: str) -> np.ndarray:
    """Return the points (N, 3), x, y and z, of a cloud.

    Raises DataError with the group's name, also for too few points to show a digit.
    """
    with opened(path) as file:
        group = _member(file, name, path)
        points = _array(group, "points", path, f"{name}/points")
        if points.dtype.kind not in "iuf" or points.ndim != 2 or points.shape[1] != 3 or not len(points):
            raise _refused(path, f"{name}/points", "numbers of shape (N, 3)", points)
        values = np.asarray(points[()], np.float64)
    if not np.isfinite(values).all():
        raise SampleError("a point is not a number", where=f"{path}, {name}/points", remedy=AGAIN)
    different = len(np.unique(values[:1000], axis=0))
    if different < FEWEST:
        found = f"{len(values):,}, of which {different} differ"
        expected, where = f"at least {FEWEST}", f"{path}, {name}/points"
        raise SampleError("a cloud has too few points", expected=expected, found=found, where=where, remedy=AGAIN)
    return values


def point_counts(path: Path, names: list[str]) -> list[int]:
    """Return how many points each cloud has, without reading them; 0 for one that has none."""
    with opened(path) as file:
        groups = [file[name] for name in names]
        return [len(group["points"]) if "points" in group and group["points"].ndim else 0 for group in groups]


def cloud_labels(path: Path, names: list[str]) -> list[int]:
    """Return the attribute ``label`` of each cloud."""
    with opened(path) as file:
        return [_digit(_member(file, name, path).attrs.get("label"), f"{path}, {name}") for name in names]


def row_count(path: Path, key: str) -> int:
    """Return the number of rows of an array, without reading it."""
    with opened(path) as file:
        table = _array(file, key, path)
        return len(table) if table.ndim else 0


def holds_clouds(path: Path) -> bool:
    """Whether a file has a group that is named by a number."""
    with opened(path) as file:
        return any(name.isdigit() for name in file)


def has(path: Path, key: str) -> bool:
    """Whether a file has this member."""
    with opened(path) as file:
        return key in file


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an h5 file; every error of reading becomes a DataError with the file."""
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except UNREADABLE as error:
        raise DataError(
            f"{path.name} cannot be read",
            expected="an h5 file",
            found=_other_kind(path) or error,
            where=path,
            remedy=DOWNLOAD,
        ) from None


def _other_kind(path: Path) -> str:
    """Describe a file that is not an h5 file: an empty one, or a page that asks to log in."""
    with path.open("rb") as file:
        start = file.read(24)
    if start.startswith(b"\x89HDF"):
        return ""
    return f"a file that begins with {start!r}" if start else "an empty file"


def _member(parent: Any, name: str, path: Path) -> Any:
    """A member that is in the file itself: a link could lead to any other file."""
    import h5py

    if not isinstance(parent, h5py.Group):
        raise DataError(f"{parent.name} is an array, not a group with {name}", where=path, remedy=DOWNLOAD)
    link = parent.get(name, getlink=True)
    if link is None:
        found = listed(list(parent), 8) or "nothing"
        raise DataError(f"{path.name} has no {name}", found=found, where=path, remedy=DOWNLOAD)
    if not isinstance(link, h5py.HardLink):
        raise DataError(f"{name} is a link to another place", where=path, remedy=DOWNLOAD)
    return parent[name]


def _array(parent: Any, name: str, path: Path, full: str = "") -> Any:
    import h5py

    found = _member(parent, name, path)
    full = full or name
    if not isinstance(found, h5py.Dataset) or found.external is not None or found.is_virtual or found.shape is None:
        raise DataError(f"{full} is not an array in the file", where=path, remedy=DOWNLOAD)
    if found.nbytes > LARGEST:
        raise DataError(f"{full} is too large", expected=f"at most {LARGEST:,} bytes", found=found.nbytes, where=path)
    return found


def _digit(value: Any, where: str) -> int:
    number = np.asarray(-1 if value is None else value)
    found = repr(value) if isinstance(value, str | bytes) else value
    if number.dtype.kind not in "iuf" or number.size != 1 or number.item() not in range(CLASSES):
        raise DataError("a label is not a digit", expected="0 to 9", found=found, where=where, remedy=DOWNLOAD)
    return int(number.item())


def _refused(path: Path, key: str, expected: str, table: Any) -> DataError:
    found = f"{table.dtype} of shape {table.shape}"
    return DataError(f"{key} has the wrong shape or type", expected=expected, found=found, where=path, remedy=DOWNLOAD)
