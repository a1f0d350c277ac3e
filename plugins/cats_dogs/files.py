"""Which photographs there are, in folders or in the archives as downloaded."""

from __future__ import annotations

import re
from pathlib import Path

from kit import DataError
from kit.files import files_below, part_folder
from kit.images import IMAGES

OWNER = "cats_dogs"  # of the cache
PARTS = {"train": ("train",), "test": ("test", "test1")}  # test1: in the contest of 2013
TRAINING = re.compile(r"(?P<kind>cat|dog)\.(?P<number>\d+)\.jpe?g\Z", re.IGNORECASE | re.ASCII)
TEST = re.compile(r"(?P<number>\d+)\.jpe?g\Z", re.IGNORECASE | re.ASCII)
DOWNLOAD = "download the data from https://www.kaggle.com/c/dogs-vs-cats-redux-kernels-edition/data"


def photographs(folder: Path, part: str) -> dict[str, Path]:
    """Return the photographs of a part by name without suffix, in the order of their numbers, cats before dogs.

    The folder holds ``train/`` and ``test/``, or their zip archives, or is or holds an archive or a folder of these;
    see :func:`kit.files.part_folder`. Raises DataError for an image file with any other name, and for two files of one
    photograph. There are none where the part is missing.
    """
    pattern = TRAINING if part == "train" else TEST
    root = part_folder(folder, part, PARTS, OWNER)
    found: dict[tuple[str, int], Path] = {}
    for path in files_below(root, IMAGES) if root else []:
        match = pattern.match(path.name)
        if match is None:
            raise DataError(
                f"an image of the {part} part has an unexpected name",
                expected="cat.N.jpg or dog.N.jpg" if part == "train" else "N.jpg",
                found=path.name,
                where=path.parent,
                remedy="rename it or move it elsewhere: every image of the part must be read",
            )
        key = (match.groupdict().get("kind", "").lower(), int(match["number"]))
        if key in found:
            both = f"{found[key]} and {path}"
            raise DataError("two files are the same photograph", found=both, where=root, remedy="keep one of them")
        found[key] = path
    return {".".join(filter(None, (kind, str(number)))): path for (kind, number), path in sorted(found.items())}
