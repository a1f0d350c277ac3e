"""One line that is not clean: every way in which it can be wrong, each with its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kit.submission.cells import Trouble, strip
from kit.submission.faults import shorten
from kit.submission.header import DELIMITERS, Layout, name_of, repeats_header
from kit.submission.rows import Batch, Rows
from kit.submission.source import Source
from kit.submission.tokens import split

_BYTES = re.compile("[\udc80-\udcff]+")


def is_blank(text: str, rows: Rows) -> bool:
    """Whether a line holds nothing, or nothing but delimiters where a blank cell has no meaning."""
    if text and text[0].isalnum():
        return False
    inner = strip(text)
    if not inner:
        return True
    columns = [column for column in rows.layout.columns if column]
    return not inner.strip(rows.layout.delimiter + " ") and not all(column.blank for column in columns)


def judge_line(rows: Rows, batch: Batch, source: Source, text: str, line: int, cut: bool) -> None:
    """Judge one line that is not blank: into the batch if it is good after all, else its faults.

    ``cut`` says that it is the file's last line and has no line end.
    """
    cells, quote = split(text, rows.layout.delimiter)
    if spoilt := _judge_bytes(source, text, line):
        rows.report(line, cells, [spoilt])
    elif quote and not (cut and text.count('"') % 2):
        remedy = "leave quotes out, or put them around the whole cell"
        rows.report(line, cells, [Trouble("quote", "no quotes, or quotes around a whole cell", quote, remedy)])
    elif quote is None and len(cells) == len(rows.layout.columns):
        _judge_cells(rows, batch, text, cells, line, cut)
    elif not _is_no_row(rows, text, cells, line):
        _judge_width(rows, text, cells, line, cut)


def _judge_cells(rows: Rows, batch: Batch, text: str, cells: Sequence[str], line: int, cut: bool) -> None:
    """A row with the right number of cells."""
    found = rows.judge(cells)
    if not found:
        for column, cell in zip(batch.cells, cells, strict=True):
            column.append(cell)
        batch.lines.append(line)
    elif not _is_no_row(rows, text, cells, line):
        if cut and not cells[-1]:
            found[-1] = _truncated(rows, text)
        rows.report(line, cells, found)


def _is_no_row(rows: Rows, text: str, cells: Sequence[str], line: int) -> bool:
    """Whether a faulty line is no row at all but a comment or the header once more; if so that is its fault."""
    special = _judge_kind(rows, text, cells)
    if special is None:
        return False
    rows.faults.add(special.kind, line, None, special.expected, special.found, special.remedy)
    if rows.format.id is None:
        rows.spoil(line, None)
    return True


def _judge_bytes(source: Source, text: str, line: int) -> Trouble | None:
    """Lines too long, bytes that are not UTF-8, and NUL bytes."""
    if line in source.long_lines:
        start = shorten(text[:60].replace("\x00", ""))
        return Trouble("long_line", f"a line of at most {source.longest:,} bytes", f"{start}...", "one row a line")
    if bad := _BYTES.search(text):
        code = " ".join(f"0x{ord(char) - 0xDC00:02X}" for char in bad[0][:4])
        byte = len(text[: bad.start()].encode("utf-8", "surrogateescape")) + 1
        found = f"byte {code} at place {byte} of the line"
        return Trouble("encoding", "UTF-8", found, "save the file as UTF-8: in pandas, to_csv(..., encoding='utf-8')")
    if count := text.count("\x00"):
        found = f"{count:,} NUL byte{'s' * (count > 1)}"
        return Trouble("null_byte", "text", found, "write the file again: it was damaged, or a disk was full")
    return None


def _judge_kind(rows: Rows, text: str, cells: Sequence[str]) -> Trouble | None:
    """A line that is no row at all: a comment, or the header once more."""
    if strip(text).startswith(("#", "//")):
        return Trouble("comment", "a row", shorten(text), "remove the comment")
    if len(cells) == len(rows.format.columns) and repeats_header(cells, rows.format):
        return Trouble("header", "a row", f"the header again: {shorten(text)}", "remove this line: files were joined")
    return None


def _truncated(rows: Rows, text: str) -> Trouble:
    expected = f"{len(rows.layout.columns)} cells and a line end"
    return Trouble("truncated", expected, shorten(text), "the file was cut off: write or copy it again")


def _judge_width(rows: Rows, text: str, cells: Sequence[str], line: int, cut: bool) -> None:
    """A row with too few or too many cells."""
    layout = rows.layout
    width = len(layout.columns)
    if cut and (len(cells) < width or '"' in text):
        trouble = _truncated(rows, text)
        if len(cells) > 1 or rows.id_place is None:
            rows.report(line, cells, [trouble])
        else:
            rows.cut = (line, rows.id_of(cells), trouble)
        return
    found_cells, trouble = _parted_otherwise(text, cells, layout) or (cells, _wrong_width(text, cells, layout))
    rows.report(line, found_cells, [trouble])


def _parted_otherwise(text: str, cells: Sequence[str], layout: Layout) -> tuple[list[str], Trouble] | None:
    """The cells of a row that would be right with another delimiter, with fewer spaces or without the outer quotes."""
    width, wanted = len(layout.columns), name_of(layout.delimiter)
    for delimiter in DELIMITERS:
        others, quote = split(text, delimiter)
        if delimiter != layout.delimiter and len(others) == width and not quote and len(cells) < width:
            found = f"{name_of(delimiter)} in {shorten(text)}"
            return others, Trouble("delimiter", wanted, found, f"write {wanted} between cells")
    if layout.delimiter == " " and len(text.split()) == width:
        return text.split(), Trouble("spaces", "one space between cells", shorten(text), "remove the other spaces")
    whole = split(cells[0], layout.delimiter)[0] if len(cells) == 1 else []
    if len(whole) == width:
        remedy = "leave quotes out, or put them around each cell"
        return whole, Trouble("quote", "quotes around a cell, not around a line", shorten(text), remedy)
    return None


def _wrong_width(text: str, cells: Sequence[str], layout: Layout) -> Trouble:
    width = len(layout.columns)
    remedy = f"write {layout.delimiter.join(column.name if column else '?' for column in layout.columns)}"
    numbers = any(column and column.kind == "number" for column in layout.columns)
    if len(cells) == width + 1 and layout.delimiter == "," and numbers:
        remedy += ", with a decimal point and not a decimal comma"
    return Trouble("fields", f"{width} cell{'s' * (width > 1)}", f"{len(cells)} in {shorten(text)}", remedy)
