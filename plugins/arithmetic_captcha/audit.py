"""What the kit's own audit does not look for: images with a palette or with transparency."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import DataError, Finding
from kit.files import PartNames
from kit.images import read_header
from kit.wording import counted, listed

from .files import image_paths, part_folder

MEANINGS = {
    "palette image": "a palette; it is replaced by its colours",
    "transparent image": "transparent pixels, which become white",
}
MODELS = {"P": "palette image", "LA": "transparent image", "RGBA": "transparent image"}
HEAD = 26  # bytes of a PNG file up to its colour type
SHOWN = 8


def image_kinds(folder: Path, names: PartNames) -> Iterator[Finding]:
    """Find images with a palette or with transparency: the contest has none."""
    for part in ("train", "test"):
        found: dict[str, list[str]] = {}
        for path in part_images(folder, part, names):
            if kind := _kind(path):
                found.setdefault(kind, []).append(path.name)
        for kind, paths in found.items():
            message = f"{counted(len(paths), 'image')} with {MEANINGS[kind]}: {listed(paths, SHOWN)}"
            yield Finding("warning", kind, part, message, "look at them: are they as they should be?")


def part_images(folder: Path, part: str, names: PartNames) -> list[Path]:
    """Return the images of a part; none if the part cannot be read, which the kit's own audit reports."""
    try:
        images = part_folder(folder, part, names)
        return [] if images is None else image_paths(images)
    except DataError:
        return []


def _kind(path: Path) -> str | None:
    """Return what the header of a PNG file says beyond grey and colour."""
    try:
        with path.open("rb") as file:
            return MODELS.get(read_header(file.read(HEAD), path).model)
    except (OSError, DataError):  # reported where the image is read
        return None
