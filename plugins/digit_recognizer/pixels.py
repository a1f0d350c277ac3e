"""Tables of small whole numbers: clean blocks are parsed fast, others slowly, with line and column of each fault."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import DataError

BLOCK = 1 << 19
"""Bytes parsed at once; larger blocks fall out of the processor's cache and are slower."""
COMMA, NEWLINE, ZERO = (np.uint8(ord(character)) for character in ",\n0")
FIRST_LINE = 2
SCALED = re.compile(r"column pixel\d+: '-?\d*\.?\d+'\Z")
"""A fault that is a number, but a negative one or a fraction."""
SHOWN = 5
MOST_FAULTS = 1000  # lines; a file with more is not read to its end


@dataclass(frozen=True)
class Layout:
    """The columns of a file and each one's largest value."""

    path: Path
    columns: Sequence[str]
    highest: Sequence[int]


def parse(body: bytes, layout: Layout) -> np.ndarray:
    """Parse the lines below the header into (rows, columns) uint8.

    Raises DataError with the lines and columns of everything that is not a whole number from 0 to its column's
    highest value. Quotes and spaces around a number are fine.
    """
    width, highest = len(layout.columns), np.array(layout.highest, np.uint8)
    tables, faults, line = [], [], FIRST_LINE
    for block in _blocks(body):
        table = parse_block(block, width)
        if table is None or (table > highest).any():
            table, wrong = _parse_slowly(block, line, layout)
            faults += wrong
            if len(faults) >= MOST_FAULTS:
                break
        tables.append(table)
        line += block.count(b"\n")
    if faults:
        raise _refusal(faults, layout)
    return np.concatenate(tables)


def _blocks(body: bytes) -> Iterator[bytes]:
    """Cut into pieces of whole lines; every line ends with a line end."""
    start = 0
    while start < len(body):
        stop = body.find(b"\n", min(start + BLOCK, len(body))) + 1 or len(body)
        block = body[start:stop]
        yield block if block.endswith(b"\n") else block + b"\n"
        start = stop


def parse_block(block: bytes, width: int) -> np.ndarray | None:
    """Parse lines of ``width`` plain numbers from 0 to 255, or return None where anything else is found."""
    characters = np.frombuffer(block, np.uint8)
    digits = characters - ZERO  # wraps: everything that is not a digit becomes larger than 9
    ends = np.flatnonzero(digits > 9).astype(np.int32)
    if len(ends) == 0 or len(ends) % width:
        return None
    separators = characters[ends].reshape(-1, width)
    sizes = np.diff(ends, prepend=np.int32(-1))  # a number's digits and the separator after them
    if (separators[:, :-1] != COMMA).any() or (separators[:, -1] != NEWLINE).any():
        return None
    if sizes.min() < 2 or sizes.max() > 4:
        return None
    values = digits[ends - 1]
    wide = np.flatnonzero(sizes > 2)
    at = ends[wide]
    total = values[wide] + 10 * digits[at - 2].astype(np.uint16)  # NumPy 1 would compute in uint8
    total += np.uint16(100) * np.where(sizes[wide] == 4, digits[at - 3], 0).astype(np.uint16)
    if total.size and total.max() > 255:
        return None
    values[wide] = total
    return values.reshape(-1, width)


def _parse_slowly(block: bytes, first_line: int, layout: Layout) -> tuple[np.ndarray, list[str]]:
    rows, faults = [], []
    for line, cells in _cells(block, first_line, layout.path):
        row, fault = _row(line, cells, layout)
        rows.append(row)
        faults += [fault] if fault else []
        if len(faults) == MOST_FAULTS:
            break
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, len(layout.columns)), faults


def _cells(block: bytes, first_line: int, path: Path) -> Iterator[tuple[int, list[str]]]:
    line = first_line
    try:
        reader = csv.reader(io.StringIO(block.decode(), newline=""), strict=True)
        for cells in reader:
            line = first_line + reader.line_num - 1
            yield line, cells
    except (UnicodeDecodeError, csv.Error) as error:
        found: object = error
        if isinstance(error, UnicodeDecodeError):
            line += block[: error.start].count(b"\n")
            found = f"byte {block[error.start]:#04x}"
        raise DataError(
            f"{path.name} is not a table of numbers",
            expected="digits and commas",
            found=found,
            where=f"{path}, line {line}",
            remedy="download the file again",
        ) from None


def _row(line: int, cells: list[str], layout: Layout) -> tuple[bytes, str | None]:
    """One row's values, a byte each, or what is wrong with it."""
    if not cells:
        return b"", f"line {line} is blank"
    if len(cells) != len(layout.columns):
        return b"", f"line {line} has {len(cells)} cells instead of {len(layout.columns)}"
    values = []
    for name, cell, top in zip(layout.columns, cells, layout.highest, strict=True):
        value = cell.strip()
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= top):
            return b"", f"line {line}, column {name}: {cell[:20]!r}"
        values.append(int(value))
    return bytes(values), None


def _refusal(faults: Sequence[str], layout: Layout) -> DataError:
    more = [f"and {len(faults) - SHOWN:,} more lines"] if len(faults) > SHOWN else []
    count = f"at least {len(faults):,}" if len(faults) >= MOST_FAULTS else f"{len(faults):,}"
    return DataError(
        f"{layout.path.name} has {count} faulty line{'s' * (len(faults) > 1)}",
        expected=f"{len(layout.columns)} whole numbers per line: pixels from 0 to 255, labels from 0 to 9",
        found="; ".join([*faults[:SHOWN], *more]),
        where=layout.path,
        remedy=_remedy(faults),
    )


def _remedy(faults: Sequence[str]) -> str:
    if any(SCALED.search(fault) for fault in faults):
        return "pixels are whole numbers from 0 to 255: undo the scaling or download the file again"
    return "correct these lines or download the file again"
