"""Round 2's own audit: images in which no lines are found, and labels with another value than their text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kit import DataError, Finding
from kit.wording import listed

from ..audit import SHOWN, image_kinds, part_images
from ..files import label_file
from .reader import NAMES, lines
from .value import is_value_of

TRIED = 120  # images of a part whose lines are looked for: all of the contest's would take an hour


def audit(folder: Path) -> Iterator[Finding]:
    """Find images with a palette or transparency, images without lines, and labels with another value."""
    folder = Path(folder)
    yield from image_kinds(folder, NAMES)
    for part in ("train", "test"):
        yield from _missing_lines(part_images(folder, part, NAMES), part)
    yield from _other_values(folder)


def _missing_lines(paths: Sequence[Path], part: str) -> Iterator[Finding]:
    """Look for the lines of some images, evenly spaced."""
    tried = [paths[k] for k in np.unique(np.linspace(0, len(paths) - 1, min(TRIED, len(paths))).astype(int))]
    found = {path.name: _count_lines(path) for path in tried}
    for count, meaning in ((0, "no line of text"), (1, "only one line of text")):
        if names := [name for name, number in found.items() if number == count]:
            message = f"{len(names):,} of {len(tried):,} images tried have {meaning}: {listed(names, SHOWN)}"
            yield Finding("warning", "lines not found", part, message, "look at them: they will be read wrongly")


def _count_lines(path: Path) -> int | None:
    """Return the number of lines that are found; None if the image cannot be read, which the kit's audit reports."""
    from ..image import read_captcha
    from .line_strip import find_lines

    try:
        return len(find_lines(read_captcha(path)))
    except DataError:
        return None


def _other_values(folder: Path) -> Iterator[Finding]:
    """Compare the labels' values with the exact ones; some of the contest's own overflow, and none is scored."""
    paths = part_images(folder, "train", NAMES)
    if not paths:
        return
    try:
        rows = [line.partition(" ") for line in lines(label_file(paths[0].parent, folder, NAMES), None)]
    except DataError:  # reported by the kit's audit
        return
    wrong = [number for number, (text, _, cell) in enumerate(rows, start=1) if cell and not is_value_of(text, cell)]
    if wrong:
        message = f"{len(wrong):,} values are not those of their texts, in lines {listed(wrong, SHOWN)}"
        remedy = "nothing to do: values are neither learnt nor scored"
        yield Finding("warning", "other values", "train", message, remedy)
