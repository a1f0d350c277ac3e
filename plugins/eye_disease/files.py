"""Where the contest's files lie: nested or not, unpacked or still zipped, zips within zips."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kit import DataError
from kit.files import cache_dir, sha256, unzip

LETTERS = {"P": "pathological myopia", "H": "high myopia", "N": "normal", "V": "validation, to be predicted"}
PHOTOGRAPH = re.compile(r"[PHNV]\d+\.(jpg|jpeg|JPG|JPEG)\Z")
IMAGES = (".jpg", ".jpeg", ".png")  # the contest's own masks are bmp or tif and are not used here
TABLES = (".xlsx", ".csv")
DEEPEST = 4  # zips within zips


@dataclass(frozen=True)
class ContestFiles:
    """What a folder holds: photographs by name, and tables that may hold labels."""

    photographs: dict[str, Path]
    tables: tuple[Path, ...]

    def of(self, letters: str) -> dict[str, Path]:
        """The photographs whose names start with one of these letters, by name."""
        return {name: path for name, path in self.photographs.items() if name[0] in letters}


def find_files(folder: Path) -> ContestFiles:
    """Find every photograph and table under a folder, inside zip archives too.

    Raises DataError for an image whose name is not the contest's, two different photographs of one name, an unreadable
    archive, and a folder that holds none.
    """
    if not folder.exists():
        raise DataError("the data folder does not exist", where=folder, remedy="kit sample eye_disease DIR makes one")
    photographs: dict[str, Path] = {}
    tables = []
    for path in _files(folder, 0):
        suffix = path.suffix.lower()
        if suffix in TABLES:
            tables.append(path)
        elif suffix in IMAGES:
            _refuse_foreign(path)
            first = photographs.setdefault(path.name, path)
            _refuse_other_content(first, path)
    if not photographs:
        raise DataError(
            "there is no photograph of the contest",
            expected="P*.jpg, H*.jpg, N*.jpg (training) or V*.jpg (to predict), in folders or zip archives",
            where=folder,
            remedy="kit show eye_disease lists the files; kit sample eye_disease DIR makes an example",
        )
    return ContestFiles(dict(sorted(photographs.items())), tuple(tables))


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Every file under a folder in a fixed order, an archive's content in its place; macOS's shadow files left out."""
    if folder.is_file():
        yield from _archive(folder, depth) if folder.suffix.lower() == ".zip" else [folder]
        return
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() == ".zip":
                yield from _archive(path, depth)
            else:
                yield path


def _archive(path: Path, depth: int) -> Iterator[Path]:
    """The files inside a zip, unpacked once into the cache under the archive's own hash."""
    if _unpacked_beside(path) or not _concerns_us(path):
        return
    if depth == DEEPEST:
        raise DataError(
            "too many zips within zips", expected=f"at most {DEEPEST}", where=path, remedy="unpack it yourself"
        )
    target = cache_dir() / "eye_disease" / "archives" / sha256(path)[:32]
    unzip(path, target)
    yield from _files(target, depth + 1)


def _unpacked_beside(path: Path) -> bool:
    folder = path.with_suffix("")
    return folder.is_dir() and any(folder.iterdir())


def _concerns_us(path: Path) -> bool:
    """Whether an archive holds photographs, tables or archives; the contest's mask archives do not."""
    try:
        with zipfile.ZipFile(path) as file:
            names = [name.lower() for name in file.namelist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError("the zip archive cannot be read", found=error, where=path, remedy="download it again") from None
    return any(name.endswith((*IMAGES, *TABLES, ".zip")) for name in names)


def _refuse_foreign(path: Path) -> None:
    if PHOTOGRAPH.match(path.name):
        return
    letter = path.name[:1]
    if path.suffix.lower() == ".png":
        expected, found = "a jpg, as the contest has them", path.name
    elif letter in LETTERS:
        expected, found = f"{letter}, digits, .jpg: {letter}0001.jpg", path.name
    else:
        expected = "a first letter P (pathological myopia), H (high myopia), N (normal) or V (to be predicted)"
        found = f"{letter!r} in {path.name}"
    raise DataError(
        "an image's name is not the contest's",
        expected=expected,
        found=found,
        where=path,
        remedy="give it the contest's name, or move it out of the data folder",
    )


def _refuse_other_content(first: Path, second: Path) -> None:
    if first is second or first == second:
        return
    if first.stat().st_size != second.stat().st_size or sha256(first) != sha256(second):
        raise DataError(
            f"two different photographs are called {first.name}",
            found=f"{first} and {second}",
            remedy="keep one of them",
        )
