"""Which images there are, and the table of labels."""

from __future__ import annotations

import re
from pathlib import Path

from kit import DataError
from kit.blocks.text_table import Table, read_table
from kit.files import files_below, find_file, part_folder
from kit.images import IMAGES

from .config import CLASSES

OWNER = "cifar10"  # of the cache
PARTS = {"train": ("train",), "test": ("test",)}
IMAGE = re.compile(r"(?P<number>\d+)\.(png|jpe?g)\Z", re.IGNORECASE | re.ASCII)
ID = re.compile(r"(?P<number>\d+)(\.0+|\.png|\.jpe?g)?\Z", re.IGNORECASE | re.ASCII)
"""A number, also as spreadsheets write it (``7.0``) or with the image's ending."""
LABELS = "trainLabels.csv"
DOWNLOAD = "download the data from https://www.kaggle.com/c/cifar-10/data and unpack train.7z and test.7z"
CORRECT = "correct the line, or download the table again"


def images(folder: Path, part: str) -> dict[str, Path]:
    """Return the images of a part by number, in order; empty where the part is absent.

    The folder holds ``train/`` and ``test/``, or zip archives of them, or is or holds an archive or a folder of these;
    see :func:`kit.files.part_folder`. Raises DataError for an image of another name, two images of one number, and 7z
    archives that are not unpacked.
    """
    root = part_folder(folder, part, PARTS, OWNER)
    found: dict[int, Path] = {}
    for path in files_below(root, IMAGES) if root else []:
        match = IMAGE.match(path.name)
        if match is None:
            remedy = "rename it or move it elsewhere: every image of the part must be read"
            raise DataError(
                f"an image of the {part} part has an unexpected name",
                expected="N.png or N.jpg",
                found=path.name,
                where=path.parent,
                remedy=remedy,
            )
        number = int(match["number"])
        if number in found:
            both = f"{found[number].name}, {path.name}"
            raise DataError("two files are the same image", found=both, where=root, remedy="keep one of them")
        found[number] = path
    return {str(number): path for number, path in sorted(found.items())}


def labels(folder: Path) -> dict[str, int]:
    """Return the class number of each training image by its number.

    Raises DataError with the line of an unknown class, and of an id that is not a number or is repeated.
    """
    if find_file(folder, LABELS, OWNER) is None:
        raise DataError(f"{LABELS} is missing", where=folder, remedy=DOWNLOAD)
    table = read_table(folder, LABELS, owner=OWNER)
    for name in ("id", "label"):
        if name not in table.columns:
            found = ", ".join(table.columns)[:80]
            remedy = "name the columns id and label, or download the table again"
            raise DataError(
                f"{LABELS} has the wrong columns", expected="id,label", found=found, where=table.path, remedy=remedy
            )
    found_labels: dict[str, int] = {}
    for row, (number, label) in enumerate(zip(_ids(table), table.column("label"), strict=True)):
        if number in found_labels:
            where = table.where(row, "id")
            raise DataError("an image has two labels", found=number, where=where, remedy="keep one of the lines")
        found_labels[number] = _class(label.strip(), table.where(row, "label"))
    return found_labels


def _ids(table: Table) -> list[str]:
    numbers = []
    for row, cell in enumerate(table.column("id")):
        match = ID.match(cell.strip())
        if match is None:
            where = table.where(row, "id")
            expected = "the number of an image"
            raise DataError(
                "an id is not a whole number", expected=expected, found=cell[:40], where=where, remedy=CORRECT
            )
        numbers.append(str(int(match["number"])))
    return numbers


def _class(name: str, where: str) -> int:
    if name not in CLASSES:
        expected = ", ".join(CLASSES)
        raise DataError("a label is not a class", expected=expected, found=name[:40], where=where, remedy=CORRECT)
    return CLASSES.index(name)
