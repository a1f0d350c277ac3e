"""The contest's files: in nested folders or not, unpacked or zipped, as the contest or the public release has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from kit import DataError
from kit.files import ARCHIVES, data_files, original_name, sha256
from kit.images import IMAGES

LETTERS = {"P": "pathological myopia", "H": "high myopia", "N": "normal", "V": "validation, to be predicted"}
UNUSED = {"T": "the public release's test part"}
PHOTOGRAPH = re.compile(r"[PHNVT]\d+\Z")
JPEG = (".jpg", ".jpeg")
TABLES = (".xlsx", ".csv")
# The contest's masks of lesions and discs have the photographs' names and lie in folders such as Lesion_Masks.
MASKS = re.compile(r"mask|annotation", re.IGNORECASE)


@dataclass(frozen=True)
class ContestFiles:
    """What a folder holds.

    ``photographs`` by the contest's name for them, such as ``P0001.jpg``, whatever their kind of file; ``tables`` that
    may hold labels; ``unused`` images, which no part reads.
    """

    photographs: dict[str, Path]
    tables: tuple[Path, ...]
    unused: tuple[Path, ...] = ()

    def of(self, letters: str) -> dict[str, Path]:
        """Return the photographs whose names start with one of these letters, by name."""
        return {name: path for name, path in self.photographs.items() if name[0] in letters}


def find_files(folder: Path) -> ContestFiles:
    """Find every photograph and table below a folder, in archives too.

    Raises DataError for an image whose name is not the contest's, two different photographs of one name, an unreadable
    archive, and a folder without photographs.
    """
    if not folder.exists():
        raise DataError("the data folder does not exist", where=folder, remedy="kit sample eye_disease DIR makes one")
    images: list[Path] = []
    tables: list[Path] = []
    for path in data_files(folder, "eye_disease", _is_wanted):
        suffix = path.suffix.lower()
        if suffix in TABLES:
            tables.append(path)
        elif suffix in IMAGES and not _is_mask(path.relative_to(folder) if path.is_relative_to(folder) else path):
            images.append(path)
    photographs, unused = _by_name(images)
    if not photographs:
        raise DataError(
            "there is no photograph of the contest",
            expected="P*.jpg, H*.jpg, N*.jpg (training) or V*.jpg (to predict), in folders or zip archives",
            where=folder,
            remedy="kit show eye_disease lists the files; kit sample eye_disease DIR makes an example",
        )
    return ContestFiles(dict(sorted(photographs.items())), tuple(tables), tuple(unused))


def find_tables(folder: Path) -> list[Path]:
    """Find every table below a folder, in archives too; the folder need not hold photographs."""
    return [path for path in data_files(folder, "eye_disease", _is_wanted) if path.suffix.lower() in TABLES]


def contest_name(name: str) -> str:
    """Return the contest's name of a photograph: ``V0001.jpg`` for ``V0001.JPG``, ``V0001.png`` or ``V0001``."""
    bare = PurePath(name.replace("\\", "/")).name
    path = PurePath(original_name(bare))
    return f"{path.stem if path.suffix.lower() in IMAGES else path.name}.jpg"


def _is_wanted(names: Sequence[str]) -> bool:
    """Whether an archive holds photographs, tables or archives; the contest's archives of masks do not."""
    ends = (*IMAGES, *TABLES, *ARCHIVES)
    return any(name.lower().endswith(ends) and not _is_mask(PurePath(name)) for name in names)


def _is_mask(path: PurePath) -> bool:
    return any(MASKS.search(part) for part in path.parts[:-1])


def _by_name(images: list[Path]) -> tuple[dict[str, Path], list[Path]]:
    """Return the photographs by the contest's names, and the images that are not used.

    The contest's own kind comes first: another kind of file beside a jpg of the same name is a mask or a copy.
    """
    photographs: dict[str, Path] = {}
    unused: list[Path] = []
    for path in sorted(images, key=lambda path: path.suffix.lower() not in JPEG):
        name = contest_name(path.name)
        _refuse_foreign(path, name)
        first = photographs.get(name)
        if name[0] in UNUSED:
            unused.append(path)
        elif first is None:
            photographs[name] = path
        elif path.suffix.lower() not in JPEG and first.suffix.lower() in JPEG:
            unused.append(path)
        else:
            _refuse_other_content(name, first, path)
    return photographs, unused


def _refuse_foreign(path: Path, name: str) -> None:
    if PHOTOGRAPH.match(PurePath(name).stem):
        return
    letter = path.name[:1]
    if letter in LETTERS:
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


def _refuse_other_content(name: str, first: Path, second: Path) -> None:
    if first == second:
        return
    if first.stat().st_size != second.stat().st_size or sha256(first) != sha256(second):
        raise DataError(
            f"two different photographs are called {name}", found=f"{first} and {second}", remedy="keep one of them"
        )


def describe_unused(files: ContestFiles) -> Iterator[tuple[str, list[str]]]:
    """Yield why images are not used, with their names."""
    for letter, part in UNUSED.items():
        names = [path.name for path in files.unused if path.name.startswith(letter)]
        if names:
            yield f"{part} ({letter}*), which this task does not use", names
    names = [path.name for path in files.unused if path.name[0] not in UNUSED]
    if names:
        yield "images beside a jpg of the same name, taken for masks or copies", names
