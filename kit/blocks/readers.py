"""Readers of the usual layouts of a contest: tables, images by folder or by table, and stored arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from kit.blocks.array_files import read_array
from kit.blocks.text_table import Table, read_table
from kit.contract.sample import Part, Sample
from kit.errors import DataError
from kit.files import named_files
from kit.images import IMAGES

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
GroupOf = Callable[[PurePosixPath], str]
NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)


def csv_table(
    folder: Path,
    part: Part,
    *,
    id: str,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    train: str = "train.csv",
    test: str = "test.csv",
    answers: str | None = None,
    classes: Sequence[str] | None = None,
    missing: Sequence[str] = MISSING,
    delimiter: str = ",",
    owner: str = "contest",
) -> list[Sample]:
    """Read one part of a table; ``x`` is a row by column name, without id, targets and group.

    A column that holds nothing but numbers in the training part has floats in both parts, NaN where one is missing; any
    other has texts, None where one is missing. Numbers with leading zeros are texts, and so are ids. ``y`` is the
    number of the class with ``classes``, a float for one target, float32 (K,) for K; where the training part has its
    targets in a table of their own, by id, ``answers`` is this table. Raises DataError, with file, line and column, for
    an id that repeats or has no answer, a target that is missing or no number, and a text among numbers.
    """
    known = read_table(folder, train, delimiter=delimiter, owner=owner)
    table = known if part == "train" else read_table(folder, test, delimiter=delimiter, owner=owner)
    targets = [target] if isinstance(target, str) else list(target or ())
    features = [name for name in known.columns if name not in (id, group, *targets)]
    cells = {name: _values(table, name, missing, numbers=_is_numbers(known, name, missing)) for name in features}
    ids, groups = _unique(table, id), table.column(group) if group and part == "train" else None
    labels = None
    if part == "train" and targets and answers is None:
        labels = _labels(table, targets, classes)
    elif part == "train" and targets:
        labels = _answers(
            read_table(folder, str(answers), delimiter=delimiter, owner=owner), table, id, targets, classes
        )
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
    group: GroupOf | None = None,
    owner: str = "contest",
) -> list[Sample]:
    """Read images below a folder ``train``, each in a folder of its class's name, or those below a folder ``test``.

    ``x`` is the path of an image, ``y`` the number of its class; ids are paths in training, names without suffix in
    the test part. ``group`` says by the path in the download what a training image belongs to, such as its patient.
    Archives count as folders. Raises DataError for an image of no class and where there are no images.
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
    return [Sample(str(name), path, classes.index(name.parts[-2]), group and group(name)) for name, path in images]


def images_by_csv(
    folder: Path,
    part: Part,
    *,
    csv: str,
    images: str,
    id: str,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    extension: str = "",
    classes: Sequence[str] | None = None,
    delimiter: str = ",",
    owner: str = "contest",
) -> list[Sample]:
    """Read images that a table names: column ``id`` with ``extension`` is a file below the folder ``images``.

    ``x`` is the path of an image; ``y`` and the column ``group`` are as for :func:`csv_table`, None in the test part.
    Raises DataError, with file, line and column, for an image that is missing or an id that repeats.
    """
    table = read_table(folder, csv, delimiter=delimiter, owner=owner)
    targets = [target] if isinstance(target, str) else list(target or ())
    paths: Mapping[str, Path] = {name.name: path for name, path in _images(folder, owner) if images in name.parts[:-1]}
    ids = _unique(table, id)
    for row, name in enumerate(ids):
        if name + extension not in paths:
            raise DataError("an image is missing", found=name + extension, where=table.where(row, id))
    labels = _labels(table, targets, classes) if part == "train" and targets else None
    groups = table.column(group) if group and part == "train" else None
    return [
        Sample(name, paths[name + extension], labels[row] if labels else None, groups[row] if groups else None)
        for row, name in enumerate(ids)
    ]


def masks(
    folder: Path,
    part: Part,
    *,
    images: str,
    masks: str | None = None,
    csv: str | None = None,
    id: str = "id",
    rle: str = "rle",
    group: GroupOf | None = None,
    owner: str = "contest",
) -> list[Sample]:
    """Read images below the folder ``images`` of a part, with their masks from a folder or from a table of run lengths.

    ``x`` is the path of an image, its id the name without suffix. In the training part ``y`` is the path of the mask of
    the same name below the folder ``masks``, or a tuple of the texts in column ``rle`` that ``csv`` has for the id, for
    :func:`kit.blocks.rle.decode`; an empty tuple is an empty mask. ``group`` says by its name without suffix what a
    training image belongs to. Raises DataError for an image without a mask or a
    row, and for a mask or a row without an image.
    """
    if (masks is None) == (csv is None):
        raise ValueError("masks are in a folder or in a table: give one of masks and csv")
    named = _images(folder, owner)
    found = _by_stem([pair for pair in named if images in pair[0].parts[:-1] and masks not in pair[0].parts[:-1]])
    if not found:
        raise DataError(f"there are no images below a folder {images!r}", where=folder)
    if part == "test":
        return [Sample(name, path) for name, path in found.items()]
    labels: Mapping[str, Any]
    if csv is None:
        labels = _by_stem([pair for pair in named if masks in pair[0].parts[:-1]])
    else:
        labels = _run_lengths(read_table(folder, csv, owner=owner), id, rle)
    single = sorted(found.keys() ^ labels.keys())
    if single:
        raise DataError("an image and a mask do not belong together", found=single[0], where=folder)
    return [Sample(name, path, labels[name], group and group(PurePosixPath(name))) for name, path in found.items()]


def arrays(
    folder: Path, part: Part, *, file: str, x: str, y: str | None = None, first_id: int = 0, owner: str = "contest"
) -> list[Sample]:
    """Read the rows of an array ``x``, and their labels ``y`` in the training part, from an npz or an HDF5 file.

    Ids count from ``first_id``. Raises DataError for a missing file or key, arrays of Python objects, and as many
    labels as there are not rows.
    """
    keys = [x] + ([y] if y is not None and part == "train" else [])
    found = [read_array(folder, file, key, owner=owner) for key in keys]
    if len({len(array) for array in found}) > 1:
        raise DataError("arrays differ in their rows", found=[array.shape for array in found], where=folder / file)
    return [
        Sample(str(first_id + row), found[0][row], found[1][row] if len(found) > 1 else None)
        for row in range(len(found[0]))
    ]


def _images(folder: Path, owner: str) -> list[tuple[PurePosixPath, Path]]:
    return [(name, path) for path, name in named_files(folder, owner) if name.suffix.lower() in IMAGES]


def _by_stem(images: Sequence[tuple[PurePosixPath, Path]]) -> dict[str, Path]:
    """Images by name without suffix, sorted. Raises DataError for two of one name."""
    found: dict[str, Path] = {}
    for name, path in sorted(images):
        if name.stem in found:
            raise DataError("two images have one name", found=name.stem, where=path)
        found[name.stem] = path
    return found


def _run_lengths(table: Table, id: str, rle: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, text in zip(table.column(id), table.column(rle), strict=True):
        text = text.strip()
        stem = PurePosixPath(name).stem if PurePosixPath(name).suffix.lower() in IMAGES else name
        found[stem] = found.get(stem, ()) + ((text,) if text not in MISSING else ())
    return found


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


def _answers(answers: Table, table: Table, id: str, targets: Sequence[str], classes: Sequence[str] | None) -> list[Any]:
    """The labels of a table's rows from the rows of ``answers`` with the same ids."""
    known = dict(zip(_unique(answers, id), _labels(answers, targets, classes), strict=True))
    for row, name in enumerate(table.column(id)):
        if name not in known:
            raise DataError("an id has no answer", found=name, expected=answers.path, where=table.where(row, id))
    return [known[name] for name in table.column(id)]


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
