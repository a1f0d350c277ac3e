"""Tables of a contest as text, each cell with its file, line and column for messages."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from kit.errors import DataError
from kit.files import find_file


@dataclass(frozen=True)
class Table:
    """A table of text: the file, its header, and its rows with the line in which each of them ends."""

    path: Path
    columns: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column. Raises DataError if there is none of this name."""
        if name not in self.columns:
            found = ", ".join(self.columns)[:200]
            raise DataError("a column is missing", expected=name, found=found, where=self.path)
        position = self.columns.index(name)
        return [row[position] for row in self.rows]

    def where(self, row: int, column: str) -> str:
        """Name the file, line and column of a cell."""
        return f"{self.path}, line {self.lines[row]}, column {column!r}"


def read_table(folder: Path, name: str, *, delimiter: str = ",", owner: str = "contest") -> Table:
    """Read a table of a contest's folder or archive as text, UTF-8 with a header.

    A header without the delimiter but with a semicolon or a tab has these as its delimiter: spreadsheets of many
    countries write them. Blank lines are passed over. ``owner`` names the cache of unpacked archives. Raises DataError
    for a missing or damaged file, columns of one name, and a row that is longer or shorter than the header.
    """
    path = find_file(folder, name, owner)
    if path is None:
        raise DataError(f"{name} is missing", where=folder)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            used = next((one for one in (delimiter, ";", "\t", ",") if one in header), delimiter)
            reader = csv.reader(file, delimiter=used, strict=True)
            records = [(row, reader.line_num) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        remedy = "save it as CSV in UTF-8" if isinstance(error, UnicodeDecodeError) else None
        raise DataError("the table cannot be read", found=error, where=path, remedy=remedy) from None
    if not records:
        raise DataError("the table is empty", where=path)
    columns = [cell.strip() for cell in records[0][0]]
    repeated = [column for column in columns if columns.count(column) > 1]
    if repeated:
        raise DataError("two columns have one name", found=repeated[0], where=path)
    for row, line in records[1:]:
        if len(row) != len(columns):
            expected = f"{len(columns)} cells"
            raise DataError("a row does not fit the header", expected=expected, found=len(row), where=f"{path}:{line}")
    return Table(path, columns, [row for row, _ in records[1:]], [line for _, line in records[1:]])
