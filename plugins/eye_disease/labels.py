"""Label tables: the contest's ``PM_Label_and_Fovea_Location.xlsx``, its copy ``labels.csv``, or a submission-like csv.

Columns are found by name, in any order and beside any others, because tables that were exported again have an index
column first or another order.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit import Answers, DataError, Table
from kit.files import original_name

from .files import contest_name, find_tables

NAMES = ("imgname", "filename")
LABELS = ("label", "pm risk")
FOVEA = ("fovea_x", "fovea_y")
EXPECTED = "columns imgName and Label (the contest's), or FileName and PM Risk (a submission's)"
LARGEST = 64 << 20  # bytes of a table, a workbook unpacked
CELLS = 1_000_000  # a workbook of a few kilobytes may claim any number of rows and columns


@dataclass(frozen=True)
class Label:
    """One row: the photograph's name, 1 for pathological myopia or 0, its line, and whether the fovea is visible."""

    name: str
    label: int
    line: int
    fovea: bool | None = None


def read_answers(path: Path) -> Answers:
    """Read the answers from a label table, or from those that a data folder holds.

    Raises DataError for a table without the columns, a label that is not 0 or 1, a repeated name or an empty table.
    """
    rows, source = find(path) if path.is_dir() else (read(path), path)
    names = [row.name for row in rows]
    columns = {"FileName": np.array(names, dtype=object), "PM Risk": np.array([float(row.label) for row in rows])}
    return Answers(names, Table(columns, np.array([row.line for row in rows], dtype=np.int64)), source)


def find(folder: Path) -> tuple[list[Label], Path]:
    """Find the labels of the photographs to predict in a data folder, and the table that holds most of them.

    Tables of other parts are ignored. Raises DataError for no such table, and for several that contradict each
    other; several that hold different photographs are read together.
    """
    tables = find_tables(folder)
    found = [(path, rows) for path in tables if is_label_table(path) if (rows := to_predict(read(path)))]
    if not found:
        names = ", ".join(path.name for path in tables) or "no xlsx or csv"
        raise DataError(
            "there is no label table",
            expected=f"PM_Label_and_Fovea_Location.xlsx, labels.csv or answers.csv with {EXPECTED}",
            found=names,
            where=folder,
            remedy="download PALM-Validation-GT.zip, or name the file itself",
        )
    found.sort(key=lambda item: -len(item[1]))
    labels: dict[str, Label] = {}
    for _, rows in found:
        for row in rows:
            if labels.setdefault(row.name, row).label != row.label:
                names = ", ".join(str(path) for path, _ in found)
                remedy = "name the one to use: --answers FILE"
                raise DataError("label tables contradict each other", found=f"{row.name} in {names}", remedy=remedy)
    return list(labels.values()), found[0][0]


def to_predict(rows: Sequence[Label]) -> list[Label]:
    """Return the labels of photographs to predict (V)."""
    return [row for row in rows if row.name.startswith("V")]


def is_label_table(path: Path) -> bool:
    """Whether a table of a folder is meant to hold labels, and not somebody's submission.

    A table with the contest's columns is; one in the form of a submission is only if its name says so. A table that
    cannot be read counts, so that it is named.
    """
    if not has_columns(path):
        return False
    if re.match(r"answers|labels?\b", original_name(path.name), re.IGNORECASE):
        return True
    try:
        header = _header(_cells(path))
    except DataError:
        return True
    return header is not None and header[0] == 1 and not header[1]["submission"]


def has_columns(path: Path) -> bool:
    """Whether a table has a column of names and one of labels; one that cannot be read counts, so that it is named."""
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
        raise DataError("the label table is empty", expected="one row per photograph", where=path)
    _refuse_repeated(path, rows)
    return rows


def _header(cells: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]] | None:
    """Return the number of header rows (0 or 1) and the columns' positions, or None.

    The entry "submission" is 1 if the names are those of a submission.
    """
    if not cells:
        return None
    names = [_text(cell).lower() for cell in cells[0]]
    positions = {key: names.index(key) for key in (*NAMES, *LABELS, *FOVEA) if key in names}
    name, label = (next((positions[key] for key in keys if key in positions), None) for keys in (NAMES, LABELS))
    if name is not None and label is not None:
        fovea = {key: positions[key] for key in FOVEA if key in positions}
        submission = int(LABELS[1] in positions and LABELS[0] not in positions)
        return 1, {"name": name, "label": label, "submission": submission, **fovea}
    if len(names) == 2 and names[0].endswith((".jpg", ".jpeg")) and _number(cells[0][1]) is not None:
        return 0, {"name": 0, "label": 1, "submission": 1}  # a submission may go without its header
    return None


def _row(path: Path, line: int, row: Sequence[Any], columns: dict[str, int]) -> Label:
    cell = {key: row[at] if at < len(row) else None for key, at in columns.items()}
    name, label = _text(cell["name"]), _number(cell["label"])
    if not name or label not in (0.0, 1.0):
        raise DataError(
            f"line {line} of the label table is wrong",
            expected="a photograph's name and 0 or 1",
            found=f"{name or 'no name'}: {_text(cell['label']) or 'no label'}",
            where=path,
            remedy="correct the line, or use the contest's own file",
        )
    fovea = [_number(cell[key]) for key in FOVEA if key in cell]
    visible = any(fovea) if len(fovea) == len(FOVEA) and None not in fovea else None
    return Label(contest_name(name), int(label), line, visible)


def _refuse_repeated(path: Path, rows: Sequence[Label]) -> None:
    first: dict[str, Label] = {}
    for row in rows:
        if first.setdefault(row.name, row) is not row:
            raise DataError(
                f"{row.name} is twice in the label table",
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
        if path.stat().st_size > LARGEST:
            raise DataError("the table is too large", expected=f"at most {LARGEST:,} bytes", where=path)
        text = path.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        # A European spreadsheet separates by semicolons.
        delimiter = max(",;\t", key=first.count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError("the table cannot be read", expected="UTF-8 text", found=error, where=path) from None


def _xlsx(path: Path) -> list[Sequence[Any]]:
    """Read the rows of the first sheet that has the columns, else of the first sheet."""
    try:
        import openpyxl
    except ImportError:
        raise DataError(
            "a workbook is read with openpyxl, which is not installed",
            where=path,
            remedy="pip install 'contest-kit[eye]', or save it as labels.csv",
        ) from None
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST:
            raise DataError("the workbook unpacks to too much", expected=f"at most {LARGEST:,} bytes", where=path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheets = [_sheet(sheet, path) for sheet in book.worksheets]
        finally:
            book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged workbook causes
        remedy = "download it again, or save it as labels.csv"
        raise DataError("the workbook cannot be read", found=error, where=path, remedy=remedy) from None
    return next((cells for cells in sheets if _header(cells) is not None), sheets[0] if sheets else [])


def _sheet(sheet: Any, path: Path) -> list[Sequence[Any]]:
    sheet.reset_dimensions()  # some programs store a wrong extent, and read-only mode believes it
    rows: list[Sequence[Any]] = []
    cells = 0
    for row in sheet.iter_rows(values_only=True):  # missing rows and cells are filled in with None
        rows.append(row)
        cells += len(row) + 1
        if cells > CELLS:
            found = f"more than {CELLS:,} in the sheet {sheet.title!r}"
            raise DataError("the workbook has too many cells", expected="a label table", found=found, where=path)
    while rows and not any(map(_text, rows[-1])):
        rows.pop()
    return rows
