"""Label tables: the contest's ``PM_Label_and_Fovea_Location.xlsx``, its copy ``labels.csv``, or a submission-like csv.

Columns are found by name, in any order and beside any others, because tables that were exported again have an index
column first or another order.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit import Answers, DataError, Table

from .files import find_files

NAMES = ("imgname", "filename")
LABELS = ("label", "pm risk")
FOVEA = ("fovea_x", "fovea_y")
EXPECTED = "columns imgName and Label (the contest's), or FileName and PM Risk (a submission's)"
XLSX_LIMIT = 256 << 20  # bytes that a workbook may unpack to


@dataclass(frozen=True)
class Label:
    """One row: the photograph's name, 1 for pathological myopia or 0, its line, and whether the fovea is visible."""

    name: str
    label: int
    line: int
    fovea: bool | None = None


def read_answers(path: Path) -> Answers:
    """Read the answers from a label table, or from the one that a data folder holds.

    Raises DataError for a table without the columns, a label that is not 0 or 1, a repeated name or an empty table.
    """
    rows = read(find(path) if path.is_dir() else path)
    names = [row.name for row in rows]
    columns = {"FileName": np.array(names, dtype=object), "PM Risk": np.array([float(row.label) for row in rows])}
    return Answers(names, Table(columns, np.array([row.line for row in rows], dtype=np.int64)))


def find(folder: Path) -> Path:
    """The label table of a data folder: the one with both columns. Raises DataError for none or several that differ."""
    tables = find_files(folder).tables
    found = [path for path in tables if has_columns(path)]
    if not found:
        listed = ", ".join(path.name for path in tables) or "no xlsx or csv"
        raise DataError(
            "there is no label table",
            expected=f"PM_Label_and_Fovea_Location.xlsx, labels.csv or answers.csv with {EXPECTED}",
            found=listed,
            where=folder,
            remedy="download PALM-Validation-GT.zip, or name the file itself",
        )
    contents = [{row.name: row.label for row in read(path)} for path in found]
    if any(content != contents[0] for content in contents[1:]):
        names = ", ".join(str(path) for path in found)
        raise DataError("label tables contradict each other", found=names, remedy="name the one to use: --answers FILE")
    return found[0]


def has_columns(path: Path) -> bool:
    """Whether a table has a name and a label column (an unreadable one counts, so that it is named later)."""
    try:
        return _header(_cells(path)) is not None
    except DataError:
        return True


def read(path: Path) -> list[Label]:
    """Read a label table, in the file's order."""
    cells = _cells(path)
    header = _header(cells)
    if header is None:
        raise DataError(
            "the table lacks the columns of labels",
            expected=EXPECTED,
            found=", ".join(_text(cell) for cell in cells[0]) if cells else "an empty table",
            where=path,
            remedy="name the columns in the first row, or use the contest's own file",
        )
    start, columns = header
    rows = [_row(path, line, row, columns) for line, row in enumerate(cells[start:], start + 1) if any(map(_text, row))]
    if not rows:
        raise DataError("the label table is empty", expected="one row a photograph", where=path)
    _refuse_repeated(path, rows)
    return rows


def _header(cells: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]] | None:
    """The number of header rows (0 or 1) and the columns' places, or None."""
    if not cells:
        return None
    names = [_text(cell).lower() for cell in cells[0]]
    places = {key: names.index(key) for key in (*NAMES, *LABELS, *FOVEA) if key in names}
    name, label = (next((places[key] for key in keys if key in places), None) for keys in (NAMES, LABELS))
    if name is not None and label is not None:
        fovea = {key: places[key] for key in FOVEA if key in places}
        return 1, {"name": name, "label": label, **fovea}
    if len(names) == 2 and names[0].endswith((".jpg", ".jpeg")) and _number(cells[0][1]) is not None:
        return 0, {"name": 0, "label": 1}  # a submission may go without its header
    return None


def _row(path: Path, line: int, row: Sequence[Any], columns: dict[str, int]) -> Label:
    cell = {key: row[place] if place < len(row) else None for key, place in columns.items()}
    name, label = _text(cell["name"]), _number(cell["label"])
    if not name or label not in (0.0, 1.0):
        raise DataError(
            f"line {line} of the label table is wrong",
            expected="a photograph's name and 0 or 1",
            found=f"{name or 'no name'}: {_text(cell['label']) or 'no label'}",
            where=path,
            remedy="correct the line, or use the contest's own file",
        )
    spots = [_number(cell[key]) for key in FOVEA if key in cell]
    visible = any(spots) if len(spots) == len(FOVEA) and None not in spots else None
    return Label(name, int(label), line, visible)


def _refuse_repeated(path: Path, rows: Sequence[Label]) -> None:
    first: dict[str, Label] = {}
    for row in rows:
        if first.setdefault(row.name, row) is not row:
            raise DataError(
                f"{row.name} stands twice in the label table",
                expected="each photograph once",
                found=f"lines {first[row.name].line} and {row.line}",
                where=path,
                remedy="delete one of the lines",
            )


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _number(cell: Any) -> float | None:
    try:
        return float(_text(cell))
    except ValueError:
        return None


def _cells(path: Path) -> list[Sequence[Any]]:
    return _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)


def _csv(path: Path) -> list[Sequence[Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        # A European spreadsheet separates by semicolons.
        delimiter = max(",;\t", key=first.count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError("the table cannot be read", expected="UTF-8 text", found=error, where=path) from None


def _xlsx(path: Path) -> list[Sequence[Any]]:
    """The rows of the first sheet that has the columns, else of the first."""
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > XLSX_LIMIT:
            raise DataError("the workbook unpacks to too much", expected=f"at most {XLSX_LIMIT:,} bytes", where=path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheets = [_sheet(sheet) for sheet in book.worksheets]
        finally:
            book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part of the workbook made it stumble over
        remedy = "download it again, or save it as labels.csv"
        raise DataError("the workbook cannot be read", found=error, where=path, remedy=remedy) from None
    return next((cells for cells in sheets if _header(cells) is not None), sheets[0] if sheets else [])


def _sheet(sheet: Any) -> list[Sequence[Any]]:
    sheet.reset_dimensions()  # some programs store a wrong extent, and read-only mode believes it
    return list(sheet.iter_rows(values_only=True))
