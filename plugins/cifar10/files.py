"""Which images there are, and the table of labels."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from kit import DataError
from kit.files import is_system_file

from .config import CLASSES

IMAGE = re.compile(r"(?P<number>\d+)\.(png|jpe?g)\Z", re.IGNORECASE)
OTHER_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif"}
LABELS = "trainLabels.csv"
DOWNLOAD = "download the data from https://www.kaggle.com/c/cifar-10/data and unpack train.7z and test.7z"


def images(folder: Path, part: str) -> dict[str, Path]:
    """Return the images of a part by number, in order; empty where the part is absent.

    Raises DataError for an image of another name, two images of one number, and archives that are not unpacked.
    """
    root = folder / part
    if (root / part).is_dir():  # some unpackers add a folder of the archive's name
        root = root / part
    if not root.is_dir():
        if (folder / f"{part}.7z").is_file():
            raise DataError(f"{part}.7z is not unpacked", where=folder, remedy=f"7z x {part}.7z")
        return {}
    found: dict[int, Path] = {}
    for path in root.iterdir():
        if is_system_file(path.relative_to(root)) or path.suffix.lower() not in OTHER_IMAGES:
            continue
        match = IMAGE.match(path.name)
        if match is None:
            raise DataError("an image has another name", expected="N.png or N.jpg", found=path.name, where=root)
        number = int(match["number"])
        if number in found:
            raise DataError("two files are the same image", found=f"{found[number].name}, {path.name}", where=root)
        found[number] = path
    return {str(number): path for number, path in sorted(found.items())}


def labels(folder: Path) -> dict[str, int]:
    """Return the class number of each training image by its number.

    Raises DataError with the line of a name that is no class, a number that is none, or one that is repeated.
    """
    path = folder / LABELS
    try:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    except FileNotFoundError:
        raise DataError(f"{LABELS} is missing", where=folder, remedy=DOWNLOAD) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{LABELS} cannot be read", found=error, where=path) from None
    header = [cell.strip() for cell in rows[0]] if rows else []
    if "id" not in header or "label" not in header:
        raise DataError(f"{LABELS} has other columns", expected="id,label", found=",".join(header)[:80], where=path)
    number_at, name_at = header.index("id"), header.index("label")
    found: dict[str, int] = {}
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        number, name = _cells(row, (number_at, name_at), f"{path}, line {line}")
        if number in found:
            raise DataError("an image has two labels", found=number, where=f"{path}, line {line}")
        found[number] = CLASSES.index(name)
    return found


def _cells(row: list[str], positions: tuple[int, int], where: str) -> tuple[str, str]:
    number, name = (row[at].strip() if at < len(row) else "" for at in positions)
    if not number.isascii() or not number.isdigit():
        raise DataError("an id is no whole number", expected="the number of an image", found=number[:40], where=where)
    if name not in CLASSES:
        raise DataError("a label is no class", expected=", ".join(CLASSES), found=name[:40], where=where)
    return str(int(number)), name
