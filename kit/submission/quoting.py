"""Split one line into cells: CSV quoting (RFC 4180), and what is wrong with a line's quotes."""

from __future__ import annotations

import re

from kit.submission.faults import shorten

_CLOSED = re.compile(r'"((?:[^"]|"")*)"')


def has_quoting(delimiter: str) -> bool:
    """Whether quotes have the meaning that CSV gives them: not where spaces separate the cells."""
    return delimiter != " "


def split_cells(line: str, delimiter: str) -> tuple[list[str], str | None]:
    """Split a line into cells without their quotes; also return what is wrong with the quotes, or None.

    A line is a row: a quote that is still open at the line's end is a fault of this line alone, and the rest of the
    line is then split as if there were no quotes.
    """
    if '"' not in line or not has_quoting(delimiter):
        return line.split(delimiter), None
    cells: list[str] = []
    at = 0
    while True:
        closed = _CLOSED.match(line, at) if line.startswith('"', at) else None
        if closed and (closed.end() == len(line) or line[closed.end()] == delimiter):
            cells.append(closed[1].replace('""', '"'))
            end = closed.end()
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            if '"' in line[at:end]:
                rest = line[at:].split(delimiter)
                return cells + [cell.replace('"', "") for cell in rest], _quote_fault(line, at, closed is not None)
            cells.append(line[at:end])
        if end == len(line):
            return cells, None
        at = end + 1


def _quote_fault(line: str, at: int, closed: bool) -> str:
    if closed:
        return f"text after a closing quote: {shorten(line[at:])}"
    if line.startswith('"', at):
        return f"a quote that is not closed: {shorten(line[at:])}"
    return f"a quote inside a cell: {shorten(line[at:])}"
