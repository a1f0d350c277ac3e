"""Check a submission: find every fault at once, each with its line, its id and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit.contract.format import Fault, Format, Table
from kit.submission.faults import Check, Faults
from kit.submission.id_faults import check_count, check_ids
from kit.submission.ids import Ids
from kit.submission.reader import SubmissionReader
from kit.submission.rows import Rows, empty_table
from kit.submission.text_file import TextFile
from kit.wording import counted

FindFaults = Callable[[Table], Iterable[Fault]]

LONGEST_TEXT = 64 << 20  # bytes of a line: a run-length encoding of a slide takes megabytes
LONGEST_NUMBERS = 64 << 10


@dataclass(frozen=True)
class Reading:
    """A file that was read once: the check, its rows (None if it has faults), and the number of each row's id."""

    check: Check
    table: Table | None
    codes: np.ndarray | None


def check(
    path: Path | str,
    format: Format,
    ids: Sequence[str] | None,
    limit: int = 1000,
    *,
    find_faults: FindFaults | None = None,
) -> Check:
    """Find every fault of a submission; list the first ``limit`` of them.

    Without ``ids`` only the format is checked, and ``checked_ids`` of the result is False. ``find_faults`` finds what
    else is wrong with a well-formed file. Raises DataError if the file cannot be read at all.
    """
    return read(Path(path), format, ids, limit, keep=bool(format.review or find_faults), find_faults=find_faults).check


def read(
    path: Path,
    format: Format,
    ids: Ids | None,
    limit: int,
    *,
    keep: bool,
    fast: bool = True,
    find_faults: FindFaults | None = None,
) -> Reading:
    """Read a submission, for :func:`check` and for ``parse``.

    ``keep`` keeps the values of all columns. ``fast=False`` checks every line by itself (the tests compare the two).
    """
    faults, warnings = Faults(limit), Faults(limit)
    texts = any(column.kind == "text" for column in format.columns)
    file = TextFile(path, faults, warnings, LONGEST_TEXT if texts else LONGEST_NUMBERS)
    reader = SubmissionReader(file, format, ids, keep, fast)
    rows = reader.read()
    count = 0 if rows is None else len(rows)
    table, codes, checked_ids = _check_whole(reader, rows, count) if rows and count else _check_empty(reader, rows)
    for function, target in ((find_faults, faults), (format.review, warnings)):
        if function is not None and not len(faults):
            for found in function(table):
                target.add_many([found], found.kind, 1)
    result = Check(
        not len(faults), count, faults.listed(), len(faults), warnings.listed(), checked_ids, dict(faults.counts)
    )
    return Reading(result, table if result.ok else None, codes)


def _check_whole(reader: SubmissionReader, rows: Rows, count: int) -> tuple[Table, np.ndarray | None, bool]:
    """Check what only the whole file shows: the number of rows and the ids."""
    format, faults, ids = reader.format, reader.file.faults, reader.ids
    first_line = rows.schema.first_line
    table, given = rows.finish()
    if given is not None:
        return table, check_ids(given, ids, format, faults, count), ids is not None
    if format.id is None:
        _check_numbered(first_line, count, ids, faults)
        return table, None, ids is not None
    check_count(count, ids, format, faults)
    return table, None, False


def _check_empty(reader: SubmissionReader, rows: Rows | None) -> tuple[Table, np.ndarray, bool]:
    """Report a file without rows."""
    file, ids, format = reader.file, reader.ids, reader.format
    if not file.binary:
        wanted = counted(len(ids), "row") if ids is not None and format.one_row_per_id else "rows"
        found = "a header and no row" if rows is not None else "an empty file" if file.empty else "no row"
        # Where an id may have no row, no row at all is a (poor) answer.
        allowed = rows is not None and (not format.rows_per_id[0] or (ids is not None and not len(ids)))
        target = file.warnings if allowed else file.faults
        target.add("empty", None, None, wanted, found, "write the submission again")
    return empty_table(format), np.empty(0, np.int64), ids is not None and not file.binary


def _check_numbered(first_line: int, count: int, ids: Ids | None, faults: Faults) -> None:
    """Check the number of rows if a row's number is its id."""
    if ids is None or count == len(ids):
        return
    wanted = len(ids)
    line, id = (first_line + wanted, None) if count > wanted else (None, str(ids[count]))
    remedy = "remove the lines from here on" if count > wanted else "write one line for every image, in their order"
    faults.add("row_count", line, id, f"{wanted:,} rows", f"{count:,} rows", remedy)
