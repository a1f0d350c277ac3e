"""Write generated text captchas, with their answers."""

from __future__ import annotations

from pathlib import Path

from kit.files import write_text

from ..sample import one_line, write_parts
from ..synthetic.drawing import TEXT
from .grammar import CHARACTERS, PROBE


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images with ``labels.txt``, a quarter as many test images, and ``answers.csv``.

    One training image in 50 shows the probe ``0O0O``; the test images are random.
    """
    train, test = write_parts(Path(folder), size, seed, one_line(CHARACTERS, TEXT, PROBE))
    write_text(Path(folder, "train", "labels.txt"), "".join(f"{text}\n" for text in train))
    rows = "".join(f"{number},{text}\n" for number, text in enumerate(test))
    write_text(Path(folder, "answers.csv"), "id,text\n" + rows)
