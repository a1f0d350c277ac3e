"""One line that is not clean: every way in which it can be wrong, each with its own message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kit.submission.cells import CellFault, strip
from kit.submission.clean_lines import Batch
from kit.submission.faults import shorten
from kit.submission.header import DELIMITERS, HeaderLayout, name_of, repeats_header
from kit.submission.quoting import split_cells
from kit.submission.rows import Rows
from kit.submission.text_file import TextFile
from kit.wording import counted

_BYTES = re.compile("[\udc80-\udcff]+")


def blank_lines(layout: HeaderLayout) -> re.Pattern[str]:
    """Compile the pattern of a run of lines that are surely blank, so that a million of them are passed in one step."""
    delimiter = "" if _may_be_blank(layout) else re.escape(layout.delimiter)
    return re.compile(rf"[ \t\r\n{delimiter}]*\n")


def is_blank(text: str, layout: HeaderLayout) -> bool:
    """Whether a line is empty, or has only delimiters in a format without blank cells."""
    if text and text[0].isalnum():
        return False
    inner = strip(text)
    if not inner:
        return True
    return not inner.strip(layout.delimiter + " ") and not _may_be_blank(layout)


def _may_be_blank(layout: HeaderLayout) -> bool:
    """Whether a row may have blank cells only."""
    return all(column.blank for column in layout.columns if column)


def check_line(rows: Rows, batch: Batch, file: TextFile, text: str, line: int, cut: bool) -> None:
    """Check one line that is not blank: add it to the batch if it is good after all, else report its faults.

    ``cut`` says that it is the file's last line and has no line end.
    """
    layout = rows.schema.layout
    cells, quote = split_cells(text, layout.delimiter)
    if fault := byte_fault(file, text, line):
        rows.add_faults(line, cells, [fault])
    elif quote and not (cut and text.count('"') % 2):
        remedy = "leave quotes out, or put them around the whole cell"
        rows.add_faults(line, cells, [CellFault("quote", "no quotes, or quotes around a whole cell", quote, remedy)])
    elif quote is None and len(cells) == len(layout.columns):
        _check_cells(rows, batch, text, cells, line, cut)
    elif not _is_no_row(rows, text, cells, line):
        _check_width(rows, text, cells, line, cut)


def byte_fault(file: TextFile, text: str, line: int) -> CellFault | None:
    """Return what is wrong with a line's bytes: too many, not UTF-8, or NUL; or None."""
    if line in file.long_lines:
        start = shorten(text[:60].replace("\x00", ""))
        return CellFault(
            "long_line", f"a line of at most {file.longest:,} bytes", f"{start}...", "write one row per line"
        )
    if bad := _BYTES.search(text):
        code = " ".join(f"0x{ord(char) - 0xDC00:02X}" for char in bad[0][:4])
        byte = len(text[: bad.start()].encode("utf-8", "surrogateescape")) + 1
        found = f"{code} at byte {byte} of the line"
        return CellFault("encoding", "UTF-8", found, "save the file as UTF-8: in pandas, to_csv(..., encoding='utf-8')")
    if count := text.count("\x00"):
        remedy = "write the file again: it was damaged, or a disk was full"
        return CellFault("null_byte", "text", counted(count, "NUL byte"), remedy)
    return None


def _check_cells(rows: Rows, batch: Batch, text: str, cells: Sequence[str], line: int, cut: bool) -> None:
    """Check a row with the right number of cells."""
    found = rows.cell_faults(cells)
    if not found:
        batch.append(cells, line)
    elif not _is_no_row(rows, text, cells, line):
        if cut and not cells[-1]:
            found[-1] = _truncated(rows, text)
        rows.add_faults(line, cells, found)


def _is_no_row(rows: Rows, text: str, cells: Sequence[str], line: int) -> bool:
    """Whether a faulty line is not a row but a comment or the header again; if so, that is reported as its fault."""
    fault = _non_row_fault(rows, text, cells)
    if fault is not None:
        rows.add_non_row(line, fault)
    return fault is not None


def _non_row_fault(rows: Rows, text: str, cells: Sequence[str]) -> CellFault | None:
    if strip(text).startswith(("#", "//")):
        return CellFault("comment", "a row", shorten(text), "remove the comment")
    format = rows.schema.format
    if len(cells) == len(format.columns) and repeats_header(cells, format):
        return CellFault("header", "a row", f"the header again: {shorten(text)}", "remove this line: files were joined")
    return None


def _truncated(rows: Rows, text: str) -> CellFault:
    expected = f"{counted(len(rows.schema.layout.columns), 'cell')} and a line end"
    return CellFault("truncated", expected, shorten(text), "the file was cut off: write or copy it again")


def _check_width(rows: Rows, text: str, cells: Sequence[str], line: int, cut: bool) -> None:
    """Report a row with too few or too many cells."""
    layout = rows.schema.layout
    width = len(layout.columns)
    if cut and (len(cells) < width or '"' in text):
        fault = _truncated(rows, text)
        if len(cells) > 1 or not rows.schema.has_id_cell:
            rows.add_faults(line, cells, [fault])
        else:
            rows.add_cut_line(line, cells, fault)
        return
    meant, fault = _split_otherwise(text, cells, layout) or (cells, _wrong_width(text, cells, layout))
    rows.add_faults(line, meant, [fault])


def _split_otherwise(text: str, cells: Sequence[str], layout: HeaderLayout) -> tuple[list[str], CellFault] | None:
    """Return the cells of a row that is right with another delimiter, with fewer spaces or without the outer quotes."""
    width, wanted = len(layout.columns), name_of(layout.delimiter)
    for delimiter in DELIMITERS:
        others, quote = split_cells(text, delimiter)
        if delimiter != layout.delimiter and len(others) == width and not quote and len(cells) < width:
            found = f"{name_of(delimiter)} in {shorten(text)}"
            return others, CellFault("delimiter", wanted, found, f"write {wanted} between cells")
    if layout.delimiter == " " and len(text.split()) == width:
        return text.split(), CellFault("spaces", "one space between cells", shorten(text), "remove the other spaces")
    whole = split_cells(cells[0], layout.delimiter)[0] if len(cells) == 1 else []
    if len(whole) == width:
        remedy = "leave quotes out, or put them around each cell"
        return whole, CellFault("quote", "quotes around a cell, not around a line", shorten(text), remedy)
    return None


def _wrong_width(text: str, cells: Sequence[str], layout: HeaderLayout) -> CellFault:
    width = len(layout.columns)
    remedy = f"write {layout.delimiter.join(column.name if column else '?' for column in layout.columns)}"
    numbers = any(column and column.kind == "number" for column in layout.columns)
    if len(cells) == width + 1 and layout.delimiter == "," and numbers:
        commas = any(column and column.decimal == "," for column in layout.columns)
        remedy += ", with quotes round decimal commas" if commas else ", with a decimal point and not a decimal comma"
    return CellFault("fields", counted(width, "cell"), f"{len(cells)} in {shorten(text)}", remedy)
