"""Read numbered images and their labels, of both kinds of captcha."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kit import Answers, Sample, Table

from . import labels
from .grammar import value
from .places import images, locate

LABELS = "labels.txt"


def read_arithmetic(folder: Path, part: str) -> list[Sample]:
    """Read a part of round 1: ``x`` is the image's path, ``y`` its expression, the id its number."""
    return _read(Path(folder), part, labels.expressions)


def read_text(folder: Path, part: str) -> list[Sample]:
    """Read a part of the text captchas: ``x`` is the image's path, ``y`` its text, the id its number."""
    return _read(Path(folder), part, labels.texts)


def _read(folder: Path, part: str, parse: Callable[[Path, int | None], list[str]]) -> list[Sample]:
    place = locate(folder, part)
    paths = images(place)
    if part == "test":
        return [Sample(path.stem, path) for path in paths]
    known = parse(labels_beside(folder, place), len(paths))
    return [Sample(path.stem, path, text) for path, text in zip(paths, known, strict=True)]


def labels_beside(folder: Path, place: Path) -> Path:
    """Beside the images, or in the folder above as some copies have it."""
    return next((path for path in (place / LABELS, folder / LABELS) if path.is_file()), place / LABELS)


def ids(folder: Path) -> list[str]:
    """The test images' numbers in order, without opening one."""
    return [path.stem for path in images(locate(Path(folder), "test"))]


def answers(path: Path) -> Answers:
    """Read round 1's answers: lines ``expression result`` in the images' order."""
    known = labels.expressions(path, None)
    results = [str(value(expression)) for expression in known]
    columns = {"expression": np.array(known, dtype=object), "result": np.array(results, dtype=object)}
    return Answers([str(number) for number in range(len(known))], Table(columns, np.arange(1, len(known) + 1)))
