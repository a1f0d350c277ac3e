"""Read round 2's images, labels and answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit import Answers, Sample, Table

from ..labels import read_labels
from ..reader import image_ids, read_part
from .grammar import CHARSET, LONGEST
from .value import SHOWN, value_of, value_text

NAMES = {
    "train": ("train", "image_contest_level_2"),
    "test": ("test", "image_contest_level_2_validate", "image_contest_level_2_test"),
}
EXPECTED = "assignments, an expression, a space and its value, such as 流=8;(1+2)*3-流/4 7.000000e+00"


def read(folder: Path, part: str) -> list[Sample]:
    """Read a part: ``x`` is an image's path, ``y`` its text, the id its number."""
    return read_part(Path(folder), part, NAMES, texts)


def ids(folder: Path) -> list[str]:
    """Return the numbers of the test images in order, without opening one."""
    return image_ids(Path(folder), NAMES)


def texts(path: Path, images: int | None) -> list[str]:
    """Read the texts of lines ``assignments;expression value``, as :func:`lines` does."""
    return [line.partition(" ")[0] for line in lines(path, images)]


def lines(path: Path, images: int | None) -> list[str]:
    """Read lines ``assignments;expression value``. The value may be missing: it is not scored.

    Raises DataError for the first line that cannot be evaluated or that has characters a network cannot write, and for
    a number of lines other than that of the images.
    """
    return read_labels(path, images, _line, EXPECTED)


def _line(line: str) -> str:
    text = line.partition(" ")[0]
    if len(text) > LONGEST or not all(character in CHARSET for character in text) or value_of(text) is None:
        raise ValueError(f"{text[:SHOWN]!r} cannot be evaluated")
    return line


def answers(path: Path) -> Answers:
    """Read the answers: lines ``assignments;expression value`` in the images' order."""
    known = texts(path, None)
    columns = {
        "text": np.array(known, dtype=object),
        "value": np.array([value_text(text) for text in known], dtype=object),
    }
    return Answers([str(number) for number in range(len(known))], Table(columns, np.arange(1, len(known) + 1)))
