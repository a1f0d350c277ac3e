"""Write a submission: rows joined by id, checked before anything is written and again before the file appears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kit.contract.format import Format, Row
from kit.errors import KitError, SubmissionError
from kit.files import atomic
from kit.submission.checker import check
from kit.submission.faults import Check, shorten
from kit.submission.formatting import format_cell, format_line
from kit.submission.parser import refusal
from kit.wording import listed

SHOWN_IDS = 5


def write(path: Path | str, format: Format, rows: Iterable[Row], ids: Sequence[str] | None) -> Check:
    """Write rows (cells in the format's columns) as a submission, atomically; return the file's check.

    ``ids`` are the expected ids in the contest's order: a format with one row for each id is written in this order,
    whatever the order of ``rows``; without an id column, row i belongs to ``ids[i]``. The same rows give the same
    bytes: UTF-8, LF, numbers with the fewest digits that read back the same. Raises SubmissionError, and leaves no
    file (or the old one), if a count, an id, a type or a range is wrong.
    """
    path = Path(path)
    cells = [_cells(format, row, number) for number, row in enumerate(rows)]
    expected = None if ids is None else [str(id) for id in ids]
    cells = _in_order(format, cells, expected)
    with atomic(path) as temporary:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            if format.header != "absent":
                file.write(format_line(format.names, format.delimiter))
            file.writelines(format_line(row, format.delimiter) for row in cells)
        found = check(temporary, format, expected)
        if not found.ok:
            raise refusal(path, found)
    return found


def _cells(format: Format, row: Row, number: int) -> list[str]:
    """Format one row's cells; an error names the row, its id and its column."""
    if isinstance(row, str | bytes) or len(row) != len(format.columns):
        raise SubmissionError(
            f"row {number} does not fit the submission format",
            expected=", ".join(format.names),
            found=shorten(repr(row)),
        )
    cells = []
    for column, value in zip(format.columns, row, strict=True):
        try:
            cells.append(format_cell(column, value, format.delimiter))
        except KitError as error:
            id = row[format.names.index(format.id)] if format.id else number
            raise SubmissionError(
                f"row {number} (id {id}): {column.name} {error.message}",
                expected=column.expected,
                found=shorten(repr(value)),
                remedy="look at the task's writer",
            ) from None
    return cells


def _in_order(format: Format, cells: list[list[str]], ids: list[str] | None) -> list[list[str]]:
    """Return the rows in the contest's order; refuse missing, unknown and repeated ids and a wrong count."""
    if format.id is None:
        if ids is not None and len(cells) != len(ids):
            raise _refuse("the number of rows is wrong", f"{len(ids):,}, one for every id", f"{len(cells):,}")
        return cells
    position = format.names.index(format.id)
    given = [row[position] for row in cells]
    known = None if ids is None else set(ids)
    if known is not None and (unknown := [id for id in given if id not in known]):
        raise _refuse("ids that the data do not have", _listed(ids or []), _listed(unknown))
    if not format.one_row_per_id:
        return cells  # the check of the written file counts the rows of each id
    by_id = dict(zip(given, cells, strict=True))
    if len(by_id) < len(given):
        seen: set[str] = set()
        repeated = [id for id in given if id in seen or seen.add(id)]  # type: ignore[func-returns-value] # add returns None
        raise _refuse("ids with more than one row", "one row for every id", _listed(repeated))
    if ids is None:
        return cells
    if missing := [id for id in ids if id not in by_id]:
        raise _refuse(
            "ids without a row",
            f"{len(ids):,} rows, one for every id",
            f"{len(cells):,} rows, none for {_listed(missing)}",
        )
    return [by_id[id] for id in ids]


def _refuse(message: str, expected: str, found: str) -> SubmissionError:
    return SubmissionError(f"the submission is not written: {message}", expected=expected, found=found)


def _listed(ids: Sequence[str]) -> str:
    return listed([shorten(id) for id in ids[: SHOWN_IDS + 1]] + list(ids[SHOWN_IDS + 1 :]), SHOWN_IDS)
