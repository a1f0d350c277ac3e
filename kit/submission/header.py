"""The first line: is it a header, is it the right one, and which column stands where in the lines that follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kit.contract.format import Column, Format
from kit.submission.cells import INFINITE, NAN, NUMBER, judge, strip
from kit.submission.faults import Faults, shorten
from kit.submission.tokens import split

DELIMITERS = (",", ";", "\t", "|", " ", ":", "\uff0c")
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", " ": "a space", ":": "a colon"}
NAMES["\uff0c"] = "a fullwidth comma"


@dataclass(frozen=True)
class Layout:
    """How the lines are to be read: the delimiter found, and the column at each place (None: not the format's)."""

    delimiter: str
    columns: tuple[Column | None, ...]
    has_header: bool

    def place(self, name: str | None) -> int | None:
        """Where the column of this name stands, or None."""
        names = [column and column.name for column in self.columns]
        return names.index(name) if name in names and name is not None else None


def name_of(delimiter: str) -> str:
    """A delimiter in words."""
    return NAMES.get(delimiter, repr(delimiter))


def find_layout(
    lines: Sequence[str], number: int, format: Format, ids: Sequence[str] | None, faults: Faults, warnings: Faults
) -> Layout:
    """Judge the delimiter and the header by the file's first lines, the first of which has this number."""
    delimiter = _find_delimiter(lines, format)
    if delimiter != format.delimiter:
        remedy = f"write {name_of(format.delimiter)} between cells: in pandas, to_csv(..., sep={format.delimiter!r})"
        faults.add("delimiter", number, None, name_of(format.delimiter), name_of(delimiter), remedy)
    cells, _ = split(lines[0], delimiter)
    if not _is_header(cells, format, ids):
        if format.header == "required":
            remedy = "add the header as the first line: in pandas, to_csv(..., header=True, index=False)"
            faults.add("header", number, None, _header(format), f"no header but {shorten(lines[0])}", remedy)
        return Layout(delimiter, format.columns, False)
    found = [strip(cell) for cell in cells]
    if format.header == "absent":
        remedy = "remove the first line: in pandas, to_csv(..., header=False, index=False)"
        faults.add("header", number, None, "no header", shorten(lines[0]), remedy)
    elif trouble := _judge_names(cells, found, format):
        harmless = format.header == "optional" and trouble[1]
        (warnings if harmless else faults).add("header", number, None, _header(format), shorten(lines[0]), trouble[0])
    return Layout(delimiter, _place_columns(found, lines, delimiter, format), True)


def _header(format: Format) -> str:
    return format.delimiter.join(format.names)


def _find_delimiter(lines: Sequence[str], format: Format) -> str:
    """The format's delimiter unless another one parts the names, or this one parts no line and another one most."""
    if len(format.columns) == 1:
        return format.delimiter
    order = (format.delimiter, *DELIMITERS)
    names = sorted(name.casefold() for name in format.names)
    for delimiter in order:
        if sorted(strip(cell).casefold() for cell in split(lines[0], delimiter)[0]) == names:
            return delimiter
    parted = {d: sum(len(split(line, d)[0]) == len(format.columns) for line in lines) for d in order}
    best = max(order, key=lambda delimiter: parted[delimiter])
    return best if not parted[format.delimiter] and parted[best] * 2 > len(lines) else format.delimiter


def _is_header(cells: Sequence[str], format: Format, ids: Sequence[str] | None) -> bool:
    """Whether the first line names columns rather than holding values."""
    found = {strip(cell).casefold() for cell in cells}
    names = [name.casefold() for name in format.names]
    if sum(name in found for name in names) * 2 >= len(names):
        return True
    place = format.names.index(format.id) if format.id else None
    if place is not None and place < len(cells):
        first = strip(cells[place])
        if ids is not None and first in ids:
            return False
    typed = [strip(cell) for cell, column in zip(cells, format.columns, strict=False) if column.kind != "text"]
    if any(not cell or _numeric(cell) for cell in typed):
        return False
    if typed and format.header != "required":
        # A row whose value is spoilt, such as `V0001.jpg,high`, still has an id with a digit or a dot in it.
        return all(re.fullmatch(r"[^\W\d][\w \-]*", strip(cell)) for cell in cells if strip(cell))
    if typed:
        return True
    return format.header == "required" or (format.header == "optional" and all(cell.isidentifier() for cell in cells))


def _numeric(cell: str) -> bool:
    word = cell.lower()
    return bool(NUMBER.match(cell)) or word in NAN or word in INFINITE or any(c.isdigit() for c in cell[:1])


def _judge_names(cells: Sequence[str], found: Sequence[str], format: Format) -> tuple[str, bool] | None:
    """What to do about a header, and whether it leaves the meaning of the columns as it is; None: it is right."""
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
    return f"add the column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))}", False


def _place_columns(
    found: Sequence[str], lines: Sequence[str], delimiter: str, format: Format
) -> tuple[Column | None, ...]:
    """The format's columns in the header's order; by place where names don't say or the rows contradict the header."""
    widths = {len(split(line, delimiter)[0]) for line in lines[1:]}
    if len(found) not in widths and len(format.columns) in widths:
        return format.columns
    places: list[Column | None] = [None] * len(found)
    unnamed = []
    fold = [name.casefold() for name in found]
    for index, column in enumerate(format.columns):
        name = column.name.casefold()
        same = [i for i in [index, *range(len(found))] if i < len(found) and fold[i] == name and places[i] is None]
        if same:
            places[same[0]] = column
        else:
            unnamed.append((index, column))
    if len(found) == len(format.columns):
        free = [i for i, column in enumerate(places) if column is None]
        for index, column in unnamed:
            places[free.pop(free.index(index) if index in free else 0)] = column
    return tuple(places)


def repeats_header(cells: Sequence[str], format: Format) -> bool:
    """Whether a row is the header once more, as in files that were joined."""
    if strip(cells[0]) != format.columns[0].name or [strip(cell) for cell in cells] != list(format.names):
        return False
    return any(judge(column, cell) for column, cell in zip(format.columns, cells, strict=True))
