"""Kaggle's column ``Usage`` in a file of answers: which rows are public."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kit.contract.format import Format
from kit.errors import DataError

COLUMN = "Usage"
PARTS = ("Public", "Private")


@contextmanager
def without_usage(path: Path, format: Format) -> Iterator[tuple[Path, np.ndarray | None]]:
    """Yield the answers without the column ``Usage``, and which rows are public, in the file's order.

    A file without the column is yielded as it is, with None. Raises DataError for other values than those of
    ``PARTS``, with the line.
    """
    head = _first_cells(path, format.delimiter)
    if COLUMN not in head or COLUMN in format.names:
        yield path, None
        return
    at, public, rows = head.index(COLUMN), [], []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, cells in enumerate(csv.reader(file, delimiter=format.delimiter), 1):
            if not cells:
                continue
            found = cells.pop(at) if len(cells) > at else ""
            if line > 1 and found not in PARTS:
                raise DataError(
                    f"{COLUMN} has another value",
                    expected=" or ".join(PARTS),
                    found=f"{found!r} in {COLUMN}, line {line}",
                    where=path,
                )
            public.append(found == PARTS[0])
            rows.append(cells)
    with tempfile.TemporaryDirectory(prefix="kit-answers-") as folder:
        plain = Path(folder) / path.name
        with plain.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=format.delimiter, lineterminator="\n").writerows(rows)
        yield plain, np.array(public[1:], dtype=bool)


def _first_cells(path: Path, delimiter: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file, delimiter=delimiter), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []  # the parser says what is wrong
