"""Write generated captchas in round 1's layout, with their answers."""

from __future__ import annotations

from pathlib import Path

from kit.files import write_text

from ..sample import one_line, write_parts
from ..synthetic.drawing import ROUND_1
from .grammar import EXPRESSIONS
from .result import result_of


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images with ``labels.txt``, a quarter as many test images, and ``answers.txt``."""
    train, test = write_parts(Path(folder), size, seed, one_line(EXPRESSIONS, ROUND_1))
    write_text(Path(folder, "train", "labels.txt"), _lines(train))
    write_text(Path(folder, "answers.txt"), _lines(test))


def _lines(expressions: list[str]) -> str:
    return "".join(f"{expression} {result_of(expression)}\n" for expression in expressions)
