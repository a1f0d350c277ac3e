"""The digits' submission format, a good file of it, and a way to check bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kit import Format, integer
from kit.submission import Check
from kit.submission.checker import read

DIGITS = Format(columns=(integer("ImageId", 1), integer("Label", 0, 9)), id="ImageId")
IDS = [str(number) for number in range(1, 31)]
ROWS = [f"{id},{int(id) * 7 % 10}" for id in IDS]
GOOD = "\n".join(["ImageId,Label", *ROWS, ""])


def with_line(line: int, text: str | None) -> str:
    """The good file with another text on a line (counted from 1), or without that line."""
    lines = GOOD.splitlines(keepends=True)
    lines[line - 1] = "" if text is None else text + "\n"
    return "".join(lines)


def check_bytes(
    folder: Path, data: bytes | str, format: Format = DIGITS, ids: Sequence[str] | None = IDS, limit: int = 1000
) -> Check:
    """Check a file of these bytes, by blocks and line by line: the two must agree in every word."""
    path = folder / "submission.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    quick = read(path, format, ids, limit, keep=True)
    slow = read(path, format, ids, limit, keep=False, fast=False)
    assert quick.check == slow.check
    return quick.check
