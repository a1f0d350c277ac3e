"""The first line: whether it is a header, whether it is the right one, and the order of the columns below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kit.contract.format import Column, Format
from kit.submission.cells import INFINITE, NAN, NUMBER, check_cell, strip
from kit.submission.faults import Faults, shorten
from kit.submission.quoting import split_cells

DELIMITERS = (",", ";", "\t", "|", " ", ":", "\uff0c")
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", " ": "a space", ":": "a colon"}
NAMES["\uff0c"] = "a fullwidth comma"


@dataclass(frozen=True)
class HeaderLayout:
    """How lines are split: the delimiter found, and the column of each cell (None: not one of the format's)."""

    delimiter: str
    columns: tuple[Column | None, ...]
    has_header: bool

    def position(self, name: str | None) -> int | None:
        """Return the position of the column of this name, or None."""
        names = [column and column.name for column in self.columns]
        return names.index(name) if name in names and name is not None else None


def name_of(delimiter: str) -> str:
    """A delimiter in words."""
    return NAMES.get(delimiter, repr(delimiter))


def read_header(
    lines: Sequence[str], number: int, format: Format, ids: Sequence[str] | None, faults: Faults, warnings: Faults
) -> HeaderLayout:
    """Check delimiter and header by the file's first lines; ``number`` is that of the first."""
    delimiter = _find_delimiter(lines, format)
    if delimiter != format.delimiter:
        remedy = f"write {name_of(format.delimiter)} between cells: in pandas, to_csv(..., sep={format.delimiter!r})"
        faults.add("delimiter", number, None, name_of(format.delimiter), name_of(delimiter), remedy)
    cells, _ = split_cells(lines[0], delimiter)
    if not _is_header(cells, format, ids):
        if format.header == "required":
            remedy = "add the header as the first line: in pandas, to_csv(..., header=True, index=False)"
            faults.add("header", number, None, _header(format), f"no header but {shorten(lines[0])}", remedy)
        return HeaderLayout(delimiter, format.columns, False)
    found = [strip(cell) for cell in cells]
    if format.header == "absent":
        remedy = "remove the first line: in pandas, to_csv(..., header=False, index=False)"
        faults.add("header", number, None, "no header", shorten(lines[0]), remedy)
    elif names_fault := _names_fault(cells, found, format):
        harmless = format.header == "optional" and names_fault[1]
        (warnings if harmless else faults).add(
            "header", number, None, _header(format), shorten(lines[0]), names_fault[0]
        )
    return HeaderLayout(delimiter, _order_of_columns(found, lines, delimiter, format), True)


def _header(format: Format) -> str:
    return format.delimiter.join(format.names)


def _find_delimiter(lines: Sequence[str], format: Format) -> str:
    """Return the format's delimiter unless another splits the names, or it splits no line and another most."""
    if len(format.columns) == 1:
        return format.delimiter
    order = (format.delimiter, *DELIMITERS)
    names = sorted(name.casefold() for name in format.names)
    for delimiter in order:
        if sorted(strip(cell).casefold() for cell in split_cells(lines[0], delimiter)[0]) == names:
            return delimiter
    fitting = {d: sum(len(split_cells(line, d)[0]) == len(format.columns) for line in lines) for d in order}
    best = max(order, key=lambda delimiter: fitting[delimiter])
    return best if not fitting[format.delimiter] and fitting[best] * 2 > len(lines) else format.delimiter


def _is_header(cells: Sequence[str], format: Format, ids: Sequence[str] | None) -> bool:
    """Whether the first line names columns rather than holding values."""
    found = {strip(cell).casefold() for cell in cells}
    names = [name.casefold() for name in format.names]
    if sum(name in found for name in names) * 2 >= len(names):
        return True
    position = format.names.index(format.id) if format.id else None
    if position is not None and position < len(cells):
        first = strip(cells[position])
        if ids is not None and first in ids:
            return False
    typed = [strip(cell) for cell, column in zip(cells, format.columns, strict=False) if column.kind != "text"]
    if any(not cell or _numeric(cell) for cell in typed):
        return False
    if typed and format.header != "required":
        # A row with a wrong value, such as `V0001.jpg,high`, still has an id with a digit or a dot in it.
        return all(re.fullmatch(r"[^\W\d][\w \-]*", strip(cell)) for cell in cells if strip(cell))
    if typed:
        return True
    return format.header == "required" or (format.header == "optional" and all(cell.isidentifier() for cell in cells))


def _numeric(cell: str) -> bool:
    word = cell.lower()
    return bool(NUMBER.match(cell)) or word in NAN or word in INFINITE or any(c.isdigit() for c in cell[:1])


def _names_fault(cells: Sequence[str], found: Sequence[str], format: Format) -> tuple[str, bool] | None:
    """Return what to do about a header and whether the meaning of the columns is clear; None if it is right."""
    names = list(format.names)
    if list(cells) == names:
        return None
    if list(found) == names:
        return "remove the spaces around the names", True
    fold = [name.casefold() for name in found]
    folded = [name.casefold() for name in names]
    if fold == folded:
        return f"write the names in this case: {_header(format)}", True
    if sorted(fold) == sorted(folded):
        return f"put the columns into this order: in pandas, df[{names!r}].to_csv(..., index=False)", False
    missing = [name for name in names if name.casefold() not in fold]
    extra = [name for name in found if name.casefold() not in folded]
    if not missing and (not extra or extra[0] == "" or extra[0].startswith("Unnamed")):
        return "remove the column that has no name of the format: in pandas, to_csv(..., index=False)", False
    if not missing:
        return f"remove {', '.join(map(repr, extra))}: in pandas, df[{names!r}].to_csv(..., index=False)", False
    if len(found) == len(names):
        return f"rename {', '.join(map(repr, extra))} to {', '.join(map(repr, missing))}", True
    return f"add the {'columns' if len(missing) > 1 else 'column'} {', '.join(map(repr, missing))}", False


def _order_of_columns(
    found: Sequence[str], lines: Sequence[str], delimiter: str, format: Format
) -> tuple[Column | None, ...]:
    """Return the format's columns in the header's order; by position where names or the rows contradict the header."""
    widths = {len(split_cells(line, delimiter)[0]) for line in lines[1:]}
    if len(found) not in widths and len(format.columns) in widths:
        return format.columns
    order: list[Column | None] = [None] * len(found)
    unnamed = []
    fold = [name.casefold() for name in found]
    for index, column in enumerate(format.columns):
        name = column.name.casefold()
        same = [i for i in [index, *range(len(found))] if i < len(found) and fold[i] == name and order[i] is None]
        if same:
            order[same[0]] = column
        else:
            unnamed.append((index, column))
    if len(found) == len(format.columns):
        free = [i for i, column in enumerate(order) if column is None]
        for index, column in unnamed:
            order[free.pop(free.index(index) if index in free else 0)] = column
    return tuple(order)


def repeats_header(cells: Sequence[str], format: Format) -> bool:
    """Whether a row is the header once more, as in files that were joined."""
    if strip(cells[0]) != format.columns[0].name or [strip(cell) for cell in cells] != list(format.names):
        return False
    return any(check_cell(column, cell) for column, cell in zip(format.columns, cells, strict=True))
