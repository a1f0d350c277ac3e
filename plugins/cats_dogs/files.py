"""Which photographs there are, in folders or in the archives as downloaded."""

from __future__ import annotations

import re
from pathlib import Path

from kit import DataError
from kit.files import is_system_file, unpacked

OWNER = "cats_dogs"  # of the cache
TRAINING = re.compile(r"(?P<kind>cat|dog)\.(?P<number>\d+)\.jpe?g\Z", re.IGNORECASE)
TEST = re.compile(r"(?P<number>\d+)\.jpe?g\Z", re.IGNORECASE)
IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"}
DOWNLOAD = "download the data from https://www.kaggle.com/c/dogs-vs-cats-redux-kernels-edition/data"


def photographs(folder: Path, part: str) -> dict[str, Path]:
    """Return the photographs of a part by name without suffix, in the order of their numbers, cats before dogs.

    The folder holds ``train/`` and ``test/``, or their zip archives. Raises DataError where the part is missing, where
    an image file has another name, and where two files stand for one photograph.
    """
    pattern = TRAINING if part == "train" else TEST
    root = _part_folder(folder, part)
    if root is None:
        return {}
    found: dict[tuple[str, int], Path] = {}
    for path in sorted(root.rglob("*")):
        if is_system_file(path.relative_to(root)) or path.suffix.lower() not in IMAGES or not path.is_file():
            continue
        match = pattern.match(path.name)
        if match is None:
            raise DataError(
                f"an image of the {part} part has another name",
                expected="cat.N.jpg or dog.N.jpg" if part == "train" else "N.jpg",
                found=path.name,
                where=path.parent,
                remedy="rename it or move it elsewhere: every image of the part must be read",
            )
        key = (match.groupdict().get("kind", "").lower(), int(match["number"]))
        if key in found:
            raise DataError("two files are the same photograph", found=f"{found[key]} and {path}", where=root)
        found[key] = path
    return {".".join(filter(None, (kind, str(number)))): path for (kind, number), path in sorted(found.items())}


def _part_folder(folder: Path, part: str) -> Path | None:
    """The folder of a part, unpacked into the cache where only its archive is there; None without either."""
    outer = unpacked(folder, OWNER) if folder.suffix.lower() == ".zip" and folder.is_file() else folder
    archives = sorted(outer.glob("dogs-vs-cats*.zip"))
    for root in (outer, *(unpacked(archive, OWNER) for archive in archives)):
        inner = root / part
        if inner.is_dir():
            nested = inner / part  # some unpackers add a folder of the archive's name
            return nested if nested.is_dir() else inner
        if (root / f"{part}.zip").is_file():
            content = unpacked(root / f"{part}.zip", OWNER)
            return content / part if (content / part).is_dir() else content
    return None
