"""Read numbered images and their labels: what all captcha tasks have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kit import Sample
from kit.files import PartNames

from .files import image_paths, label_file, part_folder

ReadTexts = Callable[[Path, int | None], list[str]]
"""Read a file of labels for a number of images, or None for any number: the texts that the images show."""


def read_part(folder: Path, part: str, names: PartNames, read_texts: ReadTexts) -> list[Sample]:
    """Read a part: ``x`` is an image's path, ``y`` its text in the training part, the id its number."""
    images = part_folder(folder, part, names)
    if images is None:
        return []
    paths = image_paths(images)
    if part == "test":
        return [Sample(path.stem, path) for path in paths]
    texts = read_texts(label_file(images, folder, names), len(paths))
    return [Sample(path.stem, path, text) for path, text in zip(paths, texts, strict=True)]


def image_ids(folder: Path, names: PartNames) -> list[str]:
    """Return the numbers of the test images in order, without opening one."""
    images = part_folder(folder, "test", names)
    return [] if images is None else [path.stem for path in image_paths(images)]
