"""Sort a contest's files by the names of their folders: training slides, test slides, labels, and the rest.

Enclosing folders, sub-folders, upper case and archives in place of folders are accepted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Literal

from kit import DataError, Part
from kit.files import ARCHIVES, is_system_file, submissions_dir, unpacked

from .slide.formats import is_slide

OWNER = "pathology_segmentation"
REMEDY = f"kit show {OWNER} lists the files; kit sample {OWNER} DIR makes an example"
MOST_FILES = 2_000_000
PARTS: dict[str, Part | Literal["other"]] = {
    **dict.fromkeys(("train", "training", "imagestr", "labelstr"), "train"),
    **dict.fromkeys(("test", "testing", "imagests", "labelsts"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "other"),
}
SLIDE_FOLDERS = {
    *("image", "images", "img", "imgs", "slide", "slides", "tile", "tiles", "merge", "wsi", "tif", "tiff"),
    *("imagestr", "imagests"),
}
LABEL_FOLDERS = {
    *("label", "labels", "mask", "masks", "annotation", "annotations", "outline", "outlines", "gt", "groundtruth"),
    *("truth", "svg", "xml", "json", "geojson", "segmentation", "segmentations", "labelstr", "labelsts"),
}
WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class DataFile:
    """A file, and the names of the folders and archives between it and the data folder."""

    path: Path
    folders: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's path relative to the data folder."""
        return "/".join((*self.folders, self.path.name))

    @property
    def part(self) -> Part | Literal["other"] | None:
        """The part that the innermost folder with the name of a part stands for; None without one."""
        found = [PARTS[word] for word in self._words() if word in PARTS]
        return found[-1] if found else None

    @property
    def in_labels(self) -> bool:
        """Whether it lies in a folder of labels."""
        return any(word in LABEL_FOLDERS for word in self._words())

    @property
    def in_slides(self) -> bool:
        """Whether it lies in a folder of slides."""
        return not self.in_labels and any(word in SLIDE_FOLDERS for word in self._words())

    def _words(self) -> list[str]:
        return [word for folder in self.folders for word in WORDS.split(folder.lower())]


@dataclass(frozen=True)
class Folders:
    """All files of a data folder, sorted."""

    train: tuple[DataFile, ...]
    """Files beside the training slides, the slides among them."""
    test: tuple[DataFile, ...]
    """Files beside the test slides, the slides among them."""
    labels: tuple[DataFile, ...]
    """Files in folders of labels that are not those of the test part."""
    others: tuple[DataFile, ...]

    def of(self, part: Part) -> tuple[DataFile, ...]:
        """Return the files beside the slides of a part."""
        return self.train if part == "train" else self.test


def sort_files(folder: Path) -> Folders:
    """Walk a data folder or an archive and sort its files. Raises DataError where it cannot be read."""
    if not folder.exists():
        raise DataError("the data folder does not exist", where=folder, remedy=REMEDY)
    files = list(_walk(folder if folder.is_dir() else _unpacked(folder), ()))
    train, test = _beside_slides(files, "train"), _beside_slides(files, "test")
    labels = tuple(file for file in files if file.in_labels and file.part in ("train", None))
    used = {*train, *test, *labels}
    return Folders(train, test, labels, tuple(file for file in files if file not in used))


def _beside_slides(files: list[DataFile], part: Part) -> tuple[DataFile, ...]:
    """Return the files of the folder that contains the slides of a part.

    This is the first of these with a slide in it: the part's image folder, the part's folder, and for training an
    image folder outside of any part, then the data folder itself.
    """
    own = [file for file in files if file.part == part and not file.in_labels]
    choices = [[file for file in own if file.in_slides], own]
    if part == "train":
        no_part = [file for file in files if file.part is None and not file.in_labels]
        choices += [[file for file in no_part if file.in_slides], [file for file in no_part if not file.folders]]
    return next((tuple(choice) for choice in choices if any(is_slide(file.path.name) for file in choice)), ())


def _walk(root: Path, around: tuple[str, ...]) -> Iterator[DataFile]:
    """Yield files in a fixed order; links are followed, hidden and system files are left out.

    An archive named like a folder of slides or labels is unpacked, unless a folder of that name is beside it.
    """
    seen = {submissions_dir().resolve()}

    def stop(error: OSError) -> None:
        raise DataError("a folder cannot be read", found=error.strerror, where=error.filename) from None

    count = 0
    for parent, folders, names in os.walk(root, followlinks=True, onerror=stop):
        real = Path(parent).resolve()
        inside = (*around, *Path(parent).relative_to(root).parts)
        if real in seen:  # a link back to a folder above, or the kit's own submissions
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if _is_shown(name))
        for name in sorted(filter(_is_shown, names)):
            count += 1
            if count > MOST_FILES:
                raise DataError("too many files", expected=f"at most {MOST_FILES:,}", where=root)
            path = Path(parent, name)
            ending = next((end for end in ARCHIVES if name.lower().endswith(end)), "")
            stem = name[: -len(ending)] if ending else ""
            if ending and _is_telling(stem) and not path.with_name(stem).is_dir():
                yield from _walk(_unpacked(path), (*inside, stem))
            else:
                yield DataFile(path, inside)


def _unpacked(archive: Path) -> Path:
    state = archive.stat()
    return _unpacked_once(archive, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _unpacked_once(archive: Path, changed: int, size: int) -> Path:
    """Unpack an archive, which is hashed for that; its time and size are arguments so that a changed one is hashed."""
    return unpacked(archive, OWNER)


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and not is_system_file(PurePath(name))


def _is_telling(name: str) -> bool:
    return any(word in PARTS or word in SLIDE_FOLDERS or word in LABEL_FOLDERS for word in WORDS.split(name.lower()))
