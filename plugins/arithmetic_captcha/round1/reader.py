"""Read round 1's images, labels and answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit import Answers, Sample, Table

from ..labels import read_labels
from ..reader import image_ids, read_part
from .result import answer_fault, result_of

NAMES = {
    "train": ("train", "image_contest_level_1"),
    "test": ("test", "image_contest_level_1_validate", "image_contest_level_1_test"),
}


def read(folder: Path, part: str) -> list[Sample]:
    """Read a part: ``x`` is an image's path, ``y`` its expression, the id its number."""
    return read_part(Path(folder), part, NAMES, expressions)


def ids(folder: Path) -> list[str]:
    """Return the numbers of the test images in order, without opening one."""
    return image_ids(Path(folder), NAMES)


def expressions(path: Path, images: int | None) -> list[str]:
    """Read lines ``expression result`` and return the expressions.

    Raises DataError for the first line whose expression is not the contest's or whose result is wrong, and for another
    number of lines than images.
    """
    return read_labels(path, images, _expression, "an expression, a space and its result, such as (4*8)+8 40")


def _expression(line: str) -> str:
    expression, _, result = line.partition(" ")
    if fault := answer_fault(expression, result):
        raise ValueError(fault[1])
    return expression


def answers(path: Path) -> Answers:
    """Read the answers: lines ``expression result`` in the images' order."""
    known = expressions(path, None)
    results = [result_of(expression) for expression in known]
    columns = {"expression": np.array(known, dtype=object), "result": np.array(results, dtype=object)}
    return Answers([str(number) for number in range(len(known))], Table(columns, np.arange(1, len(known) + 1)))
