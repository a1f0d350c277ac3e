"""Read Kaggle's ``train.csv`` and ``test.csv``, or the zip archive that holds them."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit import DataError, Sample
from kit.files import find_file
from kit.wording import listed

from .pixels import Layout, parse

SIDE = 28
PIXELS = tuple(f"pixel{i}" for i in range(SIDE * SIDE))
COLUMNS = {"train": ("label", *PIXELS), "test": PIXELS}
ARCHIVE = "digit-recognizer.zip"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # byte-order marks
DOWNLOAD = "download the data from https://www.kaggle.com/c/digit-recognizer/data"


def read(folder: Path, part: str) -> list[Sample]:
    """Read one part: samples with ``x`` of shape (28, 28), uint8, ids ``"1"``, ``"2"``, ... in the file's order.

    Columns are joined by name. Equal pictures share a group, so that no split separates them. Raises DataError with
    the line and column of what is not a digit's picture.
    """
    path = locate(Path(folder), f"{part}.csv")
    table, order = _table(path, part)
    pictures = table.take(order[-len(PIXELS) :], axis=1).reshape(-1, SIDE, SIDE)  # (N, 28, 28)
    labels = table[:, order[0]].tolist() if part == "train" else [None] * len(table)
    groups = _groups(pictures)
    return [
        Sample(str(row), picture, label, group)
        for row, (picture, label, group) in enumerate(zip(pictures, labels, groups, strict=True), start=1)
    ]


def ids(folder: Path) -> list[str]:
    """The ids that a submission must answer: the rows of ``test.csv`` counted from 1, without parsing a pixel."""
    path = locate(Path(folder), "test.csv")
    _, body = _split_header(path, "test")
    return [str(row) for row in range(1, body.count(b"\n") + 2)]


def locate(folder: Path, name: str) -> Path:
    """Find a file in a folder or in an archive, which may be ``folder`` itself; a browser may have renamed either."""
    if found := find_file(folder, name, "digit_recognizer"):
        return found
    archives = any(path.suffix.lower() == ".zip" for path in [folder, *_content(folder)])
    raise DataError(
        f"{name} is not in the archive" if archives else f"{name} is missing",
        expected=f"{name} or {ARCHIVE}",
        found=_listing(folder, name),
        where=folder,
        remedy=DOWNLOAD,
    )


def _content(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _listing(folder: Path, name: str) -> str:
    if (folder / name).is_dir():
        return f"a folder named {name}"
    if folder.is_dir():
        return listed([path.name for path in _content(folder)], 8) or "an empty folder"
    return "a file" if folder.exists() else "no such folder"


def _table(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """All values, shape (rows, columns) uint8, and the position of each column of ``COLUMNS[part]`` in them."""
    header, body = _split_header(path, part)
    order = np.array([header.index(name) for name in COLUMNS[part]])
    highest = [9 if name == "label" else 255 for name in header]
    return parse(body, Layout(path, header, highest)), order


def _split_header(path: Path, part: str) -> tuple[list[str], bytes]:
    """The header's names, checked, and the bytes of the lines below it, with plain line ends."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} cannot be read", found=error.strerror, where=path) from None
    if data.startswith(UTF_16):
        raise DataError(f"{path.name} is not UTF-8", found="UTF-16", where=path, remedy="save it as UTF-8")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n") if b"\n" in data else data.replace(b"\r", b"\n")
    first, _, body = data.partition(b"\n")
    header = _header(first, path)
    _check_header(header, path, part)
    body = body.rstrip(b"\n")
    if not body:
        raise DataError(f"{path.name} holds no rows", where=path, remedy=DOWNLOAD)
    return header, body


def _header(line: bytes, path: Path) -> list[str]:
    try:
        # A spreadsheet program puts a byte-order mark before the first name.
        cells = next(csv.reader([line.decode("utf-8-sig")]), [])
    except (UnicodeDecodeError, csv.Error):
        raise DataError(
            f"{path.name} is not a CSV file",
            expected="label,pixel0,pixel1,...",
            found=repr(line[:40]),
            where=f"{path}, line 1",
            remedy=DOWNLOAD,
        ) from None
    return [cell.strip() for cell in cells]


def _check_header(header: Sequence[str], path: Path, part: str) -> None:
    wanted = COLUMNS[part]
    missing = [name for name in wanted if name not in header]
    extra = [name for name in header if name not in wanted]
    twice = [name for name, times in Counter(header).items() if times > 1]
    if not (missing or extra or twice):
        return
    other = "test" if part == "train" else "train"
    swapped = set(header) == set(COLUMNS[other])
    described = {"missing": missing, "not expected": extra, "repeated": twice}
    raise DataError(
        f"{path.name} holds the columns of {other}.csv" if swapped else f"{path.name} has the wrong columns",
        expected=f"{'label, ' if part == 'train' else ''}pixel0 to pixel783, in any order",
        found="; ".join(f"{what}: {_names(names)}" for what, names in described.items() if names),
        where=f"{path}, line 1",
        remedy=f"are train.csv and test.csv swapped? If not, {DOWNLOAD}" if swapped else DOWNLOAD,
    )


def _names(names: Sequence[str]) -> str:
    return listed([name[:40] or "(blank)" for name in names], 3)


def _groups(pictures: np.ndarray) -> list[str | None]:
    """A name for every set of equal pictures; None for a picture that is alone."""
    digests = [hashlib.blake2b(picture, digest_size=12).hexdigest() for picture in pictures]
    times = Counter(digests)
    return [digest if times[digest] > 1 else None for digest in digests]
