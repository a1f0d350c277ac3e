"""The contest's files to samples: volumes, or point clouds that become volumes when they are used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit import Answers, DataError, Part, Sample, Table
from kit.blocks.text_table import read_table

from . import files
from .clouds import voxels
from .copies import find_copies

ANSWERS = "correct the answers: rows of id,label, each id once"
WHOLE = re.compile(r"\d{1,9}(\.0+)?\Z", re.ASCII)


@dataclass(frozen=True)
class CloudPath:
    """One cloud of a file, which is read when it is needed."""

    path: Path
    name: str


def read(folder: Path, part: Part) -> list[Sample]:
    """Read one part: samples numbered from 1 in the order of the file.

    ``x`` is a volume (16, 16, 16), float32 in the order z, y, x, or the path of a cloud. Copies of one cloud share a
    group. ``y_test`` and the labels of ``test_point_clouds.h5`` are never read here.
    """
    path, vectors = files.locate(folder, part)
    if not vectors:
        names = files.cloud_names(path)
        labels = files.cloud_labels(path, names) if part == "train" else [None] * len(names)
        pairs = enumerate(zip(names, labels, strict=True), 1)
        return [Sample(str(row), CloudPath(path, name), label) for row, (name, label) in pairs]
    found = files.volumes(path, part)
    if part == "test":
        return [Sample(str(row), volume) for row, volume in enumerate(found, 1)]
    labels = files.labels(path, part, len(found))
    groups = find_copies(found, np.array(labels)).groups
    rows = enumerate(zip(found, labels, groups, strict=True), 1)
    return [Sample(str(row), volume, label, f"cloud {group}") for row, (volume, label, group) in rows]


def ids(folder: Path) -> list[str]:
    """Return the ids that a submission must answer: the rows of the test part, counted from 1."""
    path, vectors = files.locate(folder, "test")
    if not vectors:
        return [str(row) for row in range(1, len(files.cloud_names(path)) + 1)]
    return [str(row) for row in range(1, files.row_count(path, "X_test") + 1)]


def read_answers(path: Path) -> Answers:
    """Read the answers: ``answers.csv`` with ``id,label``, ``y_test`` of the vectors, or the labels of the clouds."""
    if path.suffix.lower() in (".h5", ".hdf5"):
        return _from_h5(path)
    table, answers = read_table(path.parent, path.name, owner="digits_3d"), dict[str, int]()
    for row, (id, label) in enumerate(zip(table.column("id"), table.column("label"), strict=True)):
        where = table.where(row, "id")
        number, digit = str(_whole(id, where)), _whole(label, table.where(row, "label"))
        if digit > 9:
            where = table.where(row, "label")
            raise DataError("an answer is not a digit", expected="0 to 9", found=digit, where=where, remedy=ANSWERS)
        if number in answers:
            raise DataError("an id has two answers", found=number, where=where, remedy=ANSWERS)
        answers[number] = digit
    return _answers(list(answers), list(answers.values()))


def _whole(cell: str, where: str) -> int:
    if not WHOLE.match(cell.strip()):
        raise DataError("an answer is not a whole number", found=cell[:40], where=where, remedy=ANSWERS)
    return int(cell.strip().partition(".")[0])


def volume(x: Any) -> np.ndarray:
    """The volume of a sample's ``x``, float32 (16, 16, 16) of 0 and 1."""
    if isinstance(x, CloudPath):
        return voxels(files.cloud(x.path, x.name))
    return np.asarray(x > 0, np.float32)


def _from_h5(path: Path) -> Answers:
    if files.has(path, "y_test"):
        with files.opened(path) as file:
            count = len(file["y_test"])
        labels = files.labels(path, "test", count)
    elif files.holds_clouds(path):
        labels = files.cloud_labels(path, files.cloud_names(path))
    else:
        expected = "y_test of the vectors, or groups 0, 1, 2, ... of clouds"
        raise DataError("the file holds no answers", expected=expected, where=path, remedy="kit score --answers FILE")
    return _answers([str(row) for row in range(1, len(labels) + 1)], labels)


def _answers(ids: Sequence[str], labels: Sequence[int]) -> Answers:
    columns = {"id": np.array(list(map(int, ids)), np.int64), "label": np.array(labels, np.int64)}
    return Answers(list(ids), Table(columns, np.arange(2, len(ids) + 2)))
