"""How masks are run-length encoded: across rows or down columns, counted from 0 or from 1, and how empty ones look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kit.errors import DataError
from kit.images import read_header
from kit.inspection.files import Picture
from kit.inspection.findings import Confidence, Fact
from kit.inspection.tables import SourceTable

READ = 24  # masks that are decoded
EMPTY = ("", "-1", "1 0", "0 0", "nan", "NaN", "NA")


@dataclass(frozen=True)
class RunLengths:
    """An encoding: ``order`` "F" goes down the columns, "C" along the rows; ``start`` is the first pixel's number."""

    order: Literal["F", "C"]
    start: int
    blank: str
    """The cell of an empty mask."""
    facts: tuple[Fact, ...]


def find_encoding(train: SourceTable, image: str, target: str, pictures: Mapping[str, Picture]) -> RunLengths:
    """Find the encoding from the masks themselves: the right order gives the smoother outline."""
    rows = list(zip(train[image], train[target], strict=True))
    full = [(name, cell.strip()) for name, cell in rows if cell.strip() not in EMPTY]
    empty = [cell.strip() for _, cell in rows if cell.strip() in EMPTY]
    lengths: dict[Literal["F", "C"], int] = {"F": 0, "C": 0}
    first, last = 1 << 62, 0.0
    for name, cell in full[:: max(1, len(full) // READ)][:READ]:
        header = read_header(pictures[name].path.read_bytes(), pictures[name].path)
        runs = decode_pairs(cell, f"{train.path}, image {name!r}")
        end = int((runs[:, 0] + runs[:, 1]).max())
        if end > header.height * header.width + 1:
            raise DataError(
                "a mask goes beyond its image",
                expected=f"pixels up to {header.height * header.width:,}",
                found=end - 1,
                where=f"{train.path}, image {name!r}",
            )
        for way in lengths:
            lengths[way] += outline(decode(runs, 1, (header.height, header.width), way))
        first, last = min(first, int(runs[:, 0].min())), max(last, end - header.height * header.width)
    order: Literal["F", "C"] = "F" if lengths["F"] <= lengths["C"] else "C"
    ratio = max(lengths.values()) / max(1, min(lengths.values()))
    start = 0 if first == 0 else 1
    known = first == 0 or last == 1
    blank = empty[0] if empty and empty[0] not in ("nan", "NaN", "NA") else ""
    return RunLengths(order, start, blank, _facts(train, target, order, ratio, start, known, len(empty), len(full)))


def decode_pairs(cell: str, where: str) -> np.ndarray:
    """Start and length of each run, int64 (N, 2)."""
    numbers = cell.split()
    if len(numbers) % 2 or not all(number.isdigit() for number in numbers):
        raise DataError("a mask is not made of pairs of start and length", found=cell[:60], where=where)
    return np.array(numbers, np.int64).reshape(-1, 2)


def decode(runs: np.ndarray, start: int, shape: tuple[int, int], order: Literal["F", "C"]) -> np.ndarray:
    """Runs (N, 2) to a mask, bool (H, W)."""
    flat = np.zeros(shape[0] * shape[1] + 1, np.int8)
    for begin, length in runs.tolist():
        flat[max(0, begin - start) : max(0, begin - start + length)] = 1
    return flat[:-1].reshape(shape, order=order).astype(bool)


def outline(mask: np.ndarray) -> int:
    """The length of a mask's outline in pixels."""
    return int(np.sum(mask[1:] != mask[:-1])) + int(np.sum(mask[:, 1:] != mask[:, :-1]))


def _facts(
    train: SourceTable, target: str, order: str, ratio: float, start: int, known: bool, empty: int, full: int
) -> tuple[Fact, ...]:
    way = "down the columns" if order == "F" else "along the rows"
    sure: Confidence = "likely" if ratio > 1.2 else "unclear"
    rows = f"{full:,} masks, {empty:,} empty cells"
    reason = "a run begins at 0, or one ends at the last pixel" if known else "no run begins at 0: as Kaggle counts"
    return (
        Fact("encoding", f"pairs of start and length {way}", sure, f"outlines are {ratio:.1f} times longer otherwise"),
        Fact("first pixel", str(start), "likely" if known else "unclear", reason),
        Fact("masks", rows, "certain", f"column {target!r} of {train.path.name}"),
    )
