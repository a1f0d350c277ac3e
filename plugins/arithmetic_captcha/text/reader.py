"""Read the images and the labels of text captchas."""

from __future__ import annotations

from pathlib import Path

from kit import Sample

from ..labels import read_labels
from ..reader import image_ids, read_part
from .grammar import CHARACTERS

NAMES = {"train": ("train",), "test": ("test",)}
EXPECTED = "four digits or capital letters"


def read(folder: Path, part: str) -> list[Sample]:
    """Read a part: ``x`` is an image's path, ``y`` its text, the id its number."""
    return read_part(Path(folder), part, NAMES, texts)


def ids(folder: Path) -> list[str]:
    """Return the numbers of the test images in order, without opening one."""
    return image_ids(Path(folder), NAMES)


def texts(path: Path, images: int | None) -> list[str]:
    """Read lines of four digits or capital letters.

    Raises DataError for the first line that is anything else, and for a number of lines other than that of the images.
    """
    return read_labels(path, images, _text, f"{EXPECTED}, such as 0O7Q")


def _text(line: str) -> str:
    text = line.strip()
    if not CHARACTERS.matches(text):
        raise ValueError(f"{text[:20]!r} is not {EXPECTED}")
    return text
