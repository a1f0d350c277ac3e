"""Readers of the usual layouts of a contest: tables, images by folder or by table, and stored arrays."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from kit.contract.sample import Part, Sample
from kit.errors import DataError
from kit.files import find_file, named_files
from kit.images import IMAGES

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Table:
    """A table of text: the file, its header, and its rows with the line in which each of them ends."""

    path: Path
    columns: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column. Raises DataError if there is none of this name."""
        if name not in self.columns:
            found = ", ".join(self.columns)[:200]
            raise DataError("a column is missing", expected=name, found=found, where=self.path)
        position = self.columns.index(name)
        return [row[position] for row in self.rows]

    def where(self, row: int, column: str) -> str:
        """Name the file, line and column of a cell."""
        return f"{self.path}, line {self.lines[row]}, column {column!r}"


def read_table(folder: Path, name: str, *, delimiter: str = ",", owner: str = "contest") -> Table:
    """Read a table of a contest's folder or archive as text, UTF-8 with a header.

    ``owner`` names the cache of unpacked archives. Raises DataError for a missing or damaged file, columns of one
    name, and a row that is longer or shorter than the header.
    """
    path = find_file(folder, name, owner)
    if path is None:
        raise DataError(f"{name} is missing", where=folder)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            records = [(row, reader.line_num) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError("the table cannot be read", found=error, where=path) from None
    if not records:
        raise DataError("the table is empty", where=path)
    columns = [cell.strip() for cell in records[0][0]]
    repeated = [column for column in columns if columns.count(column) > 1]
    if repeated:
        raise DataError("two columns have one name", found=repeated[0], where=path)
    for row, line in records[1:]:
        if len(row) != len(columns):
            expected = f"{len(columns)} cells"
            raise DataError("a row does not fit the header", expected=expected, found=len(row), where=f"{path}:{line}")
    return Table(path, columns, [row for row, _ in records[1:]], [line for _, line in records[1:]])


def csv_table(
    folder: Path,
    part: Part,
    *,
    id: str,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    train: str = "train.csv",
    test: str = "test.csv",
    classes: Sequence[str] | None = None,
    missing: Sequence[str] = MISSING,
    delimiter: str = ",",
    owner: str = "contest",
) -> list[Sample]:
    """Read one part of a table; ``x`` is a row by column name, without id, targets and group.

    A column that holds nothing but numbers in the training part has floats in both parts, NaN where one is missing; any
    other has texts, None where one is missing. Numbers with leading zeros are texts, and so are ids. ``y`` is the
    number of the class with ``classes``, a float for one target, float32 (K,) for K. Raises DataError, with file, line
    and column, for an id that repeats, a target that is missing or no number, and a text among numbers.
    """
    known = read_table(folder, train, delimiter=delimiter, owner=owner)
    table = known if part == "train" else read_table(folder, test, delimiter=delimiter, owner=owner)
    targets = [target] if isinstance(target, str) else list(target or ())
    features = [name for name in known.columns if name not in (id, group, *targets)]
    cells = {name: _values(table, name, missing, numbers=_is_numbers(known, name, missing)) for name in features}
    ids, groups = _unique(table, id), table.column(group) if group and part == "train" else None
    labels = _labels(table, targets, classes) if part == "train" and targets else None
    return [
        Sample(
            ids[row],
            {name: values[row] for name, values in cells.items()},
            labels[row] if labels else None,
            groups[row] if groups else None,
        )
        for row in range(len(table.rows))
    ]


def image_folder(
    folder: Path,
    part: Part,
    *,
    classes: Sequence[str],
    train: str = "train",
    test: str = "test",
    owner: str = "contest",
) -> list[Sample]:
    """Read images below a folder ``train``, each in a folder of its class's name, or those below a folder ``test``.

    ``x`` is the path of an image, ``y`` the number of its class; ids are paths in training, names without suffix in
    the test part. Archives count as folders. Raises DataError for an image of no class and where there are no images.
    """
    inside = train if part == "train" else test
    images = sorted((name, path) for name, path in _images(folder, owner) if inside in name.parts[:-1])
    if not images:
        raise DataError(f"there are no images below a folder {inside!r}", where=folder)
    if part == "test":
        return [Sample(name.stem, path) for name, path in images]
    for name, path in images:
        if name.parts[-2] not in classes:
            expected = ", ".join(classes)[:200]
            raise DataError("an image is in no folder of a class", expected=expected, found=name.parts[-2], where=path)
    return [Sample(str(name), path, classes.index(name.parts[-2])) for name, path in images]


def images_by_csv(
    folder: Path,
    part: Part,
    *,
    csv: str,
    images: str,
    id: str,
    target: str | Sequence[str] | None = None,
    extension: str = "",
    classes: Sequence[str] | None = None,
    delimiter: str = ",",
    owner: str = "contest",
) -> list[Sample]:
    """Read images that a table names: column ``id`` with ``extension`` is a file below the folder ``images``.

    ``x`` is the path of an image; ``y`` as for :func:`csv_table`, None in the test part. Raises DataError, with file,
    line and column, for an image that is missing or an id that repeats.
    """
    table = read_table(folder, csv, delimiter=delimiter, owner=owner)
    targets = [target] if isinstance(target, str) else list(target or ())
    paths: Mapping[str, Path] = {name.name: path for name, path in _images(folder, owner) if images in name.parts[:-1]}
    ids = _unique(table, id)
    for row, name in enumerate(ids):
        if name + extension not in paths:
            raise DataError("an image is missing", found=name + extension, where=table.where(row, id))
    labels = _labels(table, targets, classes) if part == "train" and targets else None
    return [Sample(name, paths[name + extension], labels[row] if labels else None) for row, name in enumerate(ids)]


def arrays(
    folder: Path, part: Part, *, file: str, x: str, y: str | None = None, first_id: int = 0, owner: str = "contest"
) -> list[Sample]:
    """Read the rows of an array ``x``, and their labels ``y`` in the training part, from an npz or an HDF5 file.

    Ids count from ``first_id``. Raises DataError for a missing file or key, arrays of Python objects, and as many
    labels as there are not rows.
    """
    path = find_file(folder, file, owner)
    if path is None:
        raise DataError(f"{file} is missing", where=folder)
    keys = [x] + ([y] if y is not None and part == "train" else [])
    found = _stored(path, keys)
    if len({len(array) for array in found}) > 1:
        raise DataError("arrays differ in their rows", found=[array.shape for array in found], where=path)
    return [
        Sample(str(first_id + row), found[0][row], found[1][row] if len(found) > 1 else None)
        for row in range(len(found[0]))
    ]


def _stored(path: Path, keys: Sequence[str]) -> list[np.ndarray]:
    import h5py

    try:
        is_npz = path.suffix.lower() == ".npz"
        with np.load(path, allow_pickle=False) if is_npz else h5py.File(path, "r") as stored:
            missing = [key for key in keys if key not in stored]
            if missing:
                raise DataError("an array is missing", expected=missing[0], found=", ".join(stored), where=path)
            found = [np.asarray(stored[key][()]) for key in keys]
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise DataError("the arrays cannot be read", found=error, where=path) from None
    if any(array.ndim == 0 or array.dtype.kind == "O" for array in found):
        raise DataError("an array has no rows of numbers", where=path)
    return found


def _images(folder: Path, owner: str) -> list[tuple[PurePosixPath, Path]]:
    return [(name, path) for path, name in named_files(folder, owner) if name.suffix.lower() in IMAGES]


def _is_numbers(table: Table, name: str, missing: Sequence[str]) -> bool:
    return all(cell.strip() in missing or NUMBER.fullmatch(cell.strip()) for cell in table.column(name))


def _values(table: Table, name: str, missing: Sequence[str], *, numbers: bool) -> list[Any]:
    cells = [cell.strip() for cell in table.column(name)]
    if not numbers:
        return [None if cell in missing else cell for cell in cells]
    return [np.nan if cell in missing else _number(table, row, name) for row, cell in enumerate(cells)]


def _number(table: Table, row: int, column: str) -> float:
    cell = table.rows[row][table.columns.index(column)].strip()
    if not NUMBER.fullmatch(cell) or not np.isfinite(float(cell)):
        raise DataError("a cell is no number", found=repr(cell[:40]), where=table.where(row, column))
    return float(cell)


def _unique(table: Table, column: str) -> list[str]:
    seen: set[str] = set()
    ids = table.column(column)
    for row, name in enumerate(ids):
        if name in seen or not name:
            problem = "an id repeats" if name else "an id is empty"
            raise DataError(problem, found=name or None, where=table.where(row, column))
        seen.add(name)
    return ids


def _labels(table: Table, targets: Sequence[str], classes: Sequence[str] | None) -> list[Any]:
    if classes is None or len(targets) > 1:
        for name in targets:
            table.column(name)
        rows = [[_number(table, row, name) for name in targets] for row in range(len(table.rows))]
        return [values[0] for values in rows] if len(targets) == 1 else list(np.array(rows, np.float32))
    cells = table.column(targets[0])
    for row, cell in enumerate(cells):
        if cell not in classes:
            expected, where = ", ".join(classes)[:200], table.where(row, targets[0])
            raise DataError("a class is not known", expected=expected, found=repr(cell[:40]), where=where)
    return [classes.index(cell) for cell in cells]
