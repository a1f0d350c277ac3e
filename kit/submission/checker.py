"""Check a submission: every fault at once, each with its line, its id and a remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit.contract.format import Fault, Format, Table
from kit.submission.faults import Check, Faults
from kit.submission.ids import Given, id_of_cut, judge_count, judge_ids
from kit.submission.reader import Reader
from kit.submission.rows import DTYPES, Rows
from kit.submission.source import Source

Judge = Callable[[Table], Iterable[Fault]]

LONGEST_TEXT = 64 << 20  # bytes of a line: a run-length encoding of a slide takes megabytes
LONGEST_NUMBERS = 64 << 10


@dataclass(frozen=True)
class Reading:
    """A file read once: the verdict, its rows (only if it is good), and the number of each row's id."""

    check: Check
    table: Table | None
    codes: np.ndarray | None


def check(
    path: Path | str, format: Format, ids: Sequence[str] | None, limit: int = 1000, *, judge: Judge | None = None
) -> Check:
    """Find every fault of a submission; list the first ``limit`` of them.

    Without ``ids`` only the format is judged, and ``judged_ids`` of the result is False. ``judge`` finds what else is
    wrong with a file without a fault of form. Raises DataError if the file cannot be read at all.
    """
    reading = read(Path(path), format, ids, limit, keep=bool(format.review or judge), judge=judge)
    return reading.check


def read(
    path: Path,
    format: Format,
    ids: Sequence[str] | None,
    limit: int,
    *,
    keep: bool,
    fast: bool = True,
    judge: Judge | None = None,
) -> Reading:
    """Read a submission: the one path that both :func:`check` and ``parse`` take.

    ``keep`` keeps the values of all columns. ``fast=False`` judges every line by itself (the tests compare the two).
    """
    faults, warnings = Faults(limit), Faults(limit)
    texts = any(column.kind == "text" for column in format.columns)
    source = Source(path, faults, warnings, LONGEST_TEXT if texts else LONGEST_NUMBERS)
    reader = Reader(source, format, ids, keep, fast)
    rows = reader.read()
    counted = reader.count(rows)
    table, codes, judged = _judge_whole(reader, rows, counted)
    for judged_by, target in ((judge, faults), (format.review, warnings)):
        if judged_by is not None and table is not None and not len(faults):
            for found in judged_by(table):
                target.add_all([found], found.kind, 1)
    verdict = Check(
        not len(faults), counted, faults.listed(), len(faults), warnings.listed(), judged, dict(faults.counts)
    )
    return Reading(verdict, table if verdict.ok else None, codes)


def _judge_whole(reader: Reader, rows: Rows | None, count: int) -> tuple[Table | None, np.ndarray | None, bool]:
    """Judge what only the whole file shows: that it has rows, how many, and their ids."""
    format, faults = reader.format, reader.source.faults
    if rows is None or not count:
        judged = reader.ids is not None
        if not reader.source.binary:
            _judge_empty(reader, rows)
        empty = {column.name: np.empty(0, DTYPES[column.kind]) for column in format.columns}
        return Table(empty, np.empty(0, np.int64)), np.empty(0, np.int64), judged and not reader.source.binary
    lines = _joined(rows.lines, np.int64)
    columns = {name: _joined(rows.values.get(name, []), DTYPES[format.column(name).kind]) for name in _kept(rows)}
    codes = None
    judged = reader.ids is not None
    if format.id is None:
        _judge_places(rows, count, faults)
    elif rows.layout.place(format.id) is not None:
        given = _report_cut(rows, _given(rows, columns[format.id], lines), faults)
        codes = judge_ids(given, reader.ids, format, faults, count)
    else:
        judged = False
        judge_count(count, reader.ids, format, faults)
    return Table(columns, lines), codes, judged


def _kept(rows: Rows) -> Iterator[str]:
    for column in rows.layout.columns:
        if column is not None and (rows.keep or column.name == rows.format.id):
            yield column.name


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    joined = np.concatenate(arrays) if arrays else np.empty(0, dtype)
    arrays.clear()
    return joined


def _judge_empty(reader: Reader, rows: Rows | None) -> None:
    format = reader.format
    wanted = f"{len(reader.ids):,} rows" if reader.ids is not None and format.one_row_per_id else "rows"
    if rows is None:
        found = "an empty file" if reader.source.empty else "no row"
        reader.source.faults.add("empty", None, None, wanted, found, "write the submission again")
        return
    # Where an id may have any number of rows, none at all is a (poor) answer.
    allowed = not format.one_row_per_id or (reader.ids is not None and not len(reader.ids))
    target = reader.source.warnings if allowed else reader.source.faults
    target.add("empty", None, None, wanted, "a header and no row", "write the submission again")


def _given(rows: Rows, ids: np.ndarray, lines: np.ndarray) -> Given:
    """The ids of good rows and of spoilt ones together, by line."""
    if not rows.spoilt_ids:
        return Given(ids, lines)
    all_lines = np.concatenate([lines, *(more.lines for more in rows.spoilt_ids)])
    all_ids = np.concatenate([ids, *(more.ids for more in rows.spoilt_ids)])
    rows.spoilt_ids.clear()
    order = np.argsort(all_lines, kind="stable")
    return Given(all_ids[order], all_lines[order])


def _report_cut(rows: Rows, given: Given, faults: Faults) -> Given:
    """Report a last line that was cut within its id; its id counts as given where it is plain which one it is."""
    if rows.cut is None:
        return given
    line, text, trouble = rows.cut
    id = id_of_cut(text, given, rows.ids, rows.format)
    faults.add(trouble.kind, line, id, trouble.expected, trouble.found, trouble.remedy)
    if id is None:
        return given
    rows.pending.append((line, id))
    rows.settle()
    return _given(rows, given.ids, given.lines)


def _judge_places(rows: Rows, count: int, faults: Faults) -> None:
    """Judge the number of lines where a line's place is its id."""
    if rows.ids is None or count == len(rows.ids):
        return
    wanted = len(rows.ids)
    line, id = (rows.first_line + wanted, None) if count > wanted else (None, str(rows.ids[count]))
    remedy = "remove the lines from here on" if count > wanted else "write one line for every image, in their order"
    faults.add("row_count", line, id, f"{wanted:,} rows", f"{count:,} rows", remedy)
