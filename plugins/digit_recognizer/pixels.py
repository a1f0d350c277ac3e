"""Tables of small whole numbers: a strict, fast parser for clean files and a slow one that says what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kit import DataError

CHUNK = 1 << 19
"""Bytes parsed at once; larger blocks fall out of the processor's cache and are slower."""
COMMA, NEWLINE, ZERO = (np.uint8(ord(character)) for character in ",\n0")
SHOWN = 5


def parse(body: bytes, width: int) -> np.ndarray | None:
    """Parse rows of ``width`` whole numbers from 0 to 255, comma-separated, into (rows, width) uint8.

    None where anything else is found, down to a space or a quote; :func:`explain` then reads it leniently or says
    why not.
    """
    if body and not body.endswith(b"\n"):
        body += b"\n"
    blocks, start = [np.empty((0, width), np.uint8)], 0
    while start < len(body):
        stop = min(start + max(CHUNK, 8 * width), len(body))
        stop = body.rfind(b"\n", start, stop) + 1
        block = _parse_block(np.frombuffer(body, np.uint8, stop - start, start), width) if stop > start else None
        if block is None:
            return None
        blocks.append(block)
        start = stop
    return np.concatenate(blocks)


def _parse_block(characters: np.ndarray, width: int) -> np.ndarray | None:
    digits = characters - ZERO  # wraps: everything that is no digit becomes larger than 9
    ends = np.flatnonzero(digits > 9).astype(np.int32)
    if len(ends) % width:
        return None
    separators = characters[ends].reshape(-1, width)
    sizes = np.diff(ends, prepend=np.int32(-1))  # digits and the separator behind them
    if (
        (separators[:, :-1] != COMMA).any()
        or (separators[:, -1] != NEWLINE).any()
        or sizes.min() < 2
        or sizes.max() > 4
    ):
        return None
    values = digits[ends - 1]
    wide = np.flatnonzero(sizes > 2)
    at = ends[wide]
    total = values[wide] + np.uint16(10) * digits[at - 2]
    total += np.uint16(100) * np.where(sizes[wide] == 4, digits[at - 3], 0).astype(np.uint16)
    if total.size and total.max() > 255:
        return None
    values[wide] = total
    return values.reshape(-1, width)


def explain(body: bytes, columns: Sequence[str], highest: Sequence[int], path: Path) -> np.ndarray:
    """Parse what :func:`parse` does not (quotes, spaces, ``\\r\\n``), or raise a DataError with lines and columns.

    ``highest`` holds every column's largest allowed value. The body begins on line 2 of the file.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 2 + body[: error.start].count(b"\n")
        raise DataError(
            f"{path.name} is not a table of numbers",
            expected="digits and commas",
            found=f"byte {body[error.start]:#04x}",
            where=f"{path}, line {line}",
            remedy="download the file again",
        ) from None
    rows, faults = [], []
    for line, cells in _lines(text, path):
        row, fault = _row(line, cells, columns, highest)
        rows.append(row)
        faults += [fault] if fault else []
    if faults:
        more = [f"and {len(faults) - SHOWN:,} more lines"] if len(faults) > SHOWN else []
        raise DataError(
            f"{path.name} has {len(faults):,} faulty line{'s' * (len(faults) > 1)}",
            expected=f"{len(columns)} whole numbers a line: pixels from 0 to 255, labels from 0 to 9",
            found="; ".join(faults[:SHOWN] + more),
            where=path,
            remedy="correct these lines or download the file again",
        )
    return np.array(rows, np.uint8).reshape(-1, len(columns))


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num + 1, cells
    except csv.Error as error:
        raise DataError(
            f"{path.name} is not a table of numbers",
            found=error,
            where=f"{path}, line {reader.line_num + 1}",
            remedy="download the file again",
        ) from None


def _row(line: int, cells: list[str], columns: Sequence[str], highest: Sequence[int]) -> tuple[list[int], str | None]:
    """One row's values, or zeros and what is wrong with it."""
    if len(cells) != len(columns):
        found = "blank" if not cells else f"{len(cells)} cells instead of {len(columns)}"
        return [0] * len(columns), f"line {line} is {found}" if not cells else f"line {line} has {found}"
    values = []
    for name, cell, top in zip(columns, cells, highest, strict=True):
        value = cell.strip()
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= top):
            return [0] * len(columns), f"line {line}, column {name}: {cell[:20]!r}"
        values.append(int(value))
    return values, None
