"""Check a submission: every fault at once, each with its line, its id and a remedy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kit.format import Column, Format, Table
from kit.submission.faults import Check, Faults
from kit.submission.header import Layout, find_layout
from kit.submission.ids import Given, judge_count, judge_ids
from kit.submission.lines import is_blank, judge_line
from kit.submission.rows import DTYPES, Rows
from kit.submission.source import Source

LONGEST_TEXT = 64 << 20  # bytes of a line: a run-length encoding of a slide takes megabytes
LONGEST_NUMBERS = 64 << 10
PEEK = 20  # lines by which delimiter and header are judged


@dataclass(frozen=True)
class Reading:
    """A file read once: the verdict, its rows (only if it is good), and the number of each row's id."""

    check: Check
    table: Table | None
    codes: np.ndarray | None


def check(path: Path | str, format: Format, ids: Sequence[str] | None, limit: int = 1000) -> Check:
    """Find every fault of a submission; list the first ``limit`` of them.

    Without ``ids`` only the format is judged, and ``judged_ids`` of the result is False. Raises DataError if the file
    cannot be read at all.
    """
    return read(Path(path), format, ids, limit, keep=format.review is not None).check


def read(
    path: Path, format: Format, ids: Sequence[str] | None, limit: int, *, keep: bool, fast: bool = True
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
    if not len(faults) and table is not None and format.review is not None:
        for warning in format.review(table):
            warnings.add_all([warning], warning.kind, 1)
    verdict = Check(
        not len(faults), counted, faults.listed(), len(faults), warnings.listed(), judged, dict(faults.counts)
    )
    return Reading(verdict, table if verdict.ok else None, codes)


@dataclass
class Reader:
    """Walks over a file's lines once."""

    source: Source
    format: Format
    ids: Sequence[str] | None
    keep: bool
    fast: bool
    blanks: list[int] = field(default_factory=list)  # [first, last] of the blank lines above the line at hand

    def read(self) -> Rows | None:
        """Read every line; None where there is no row and no header."""
        line, rows = 1, None
        for block in self.source.blocks():
            at = 0
            if rows is None:
                at, line = self._skip_to_text(block, line)
                if at == len(block):
                    continue
                rows, at, line = self._begin(block, at, line)
            line = self._read_block(rows, block, at, line)
        if rows is not None or not self.source.empty:
            self._add_blanks(rows, at_end=True)
        return rows

    def _skip_to_text(self, block: str, line: int) -> tuple[int, int]:
        """Pass over blank lines and comments above the first line of text."""
        at = 0
        while at < len(block):
            end = block.index("\n", at)
            text = block[at:end].strip()
            if text.startswith(("#", "sep=")) and self.format.header != "absent":
                self.source.faults.add("comment", line, None, "the header", text[:80], "remove the comment")
            elif text:
                break
            else:
                self._note_blank(line)
            at, line = end + 1, line + 1
        return at, line

    def _begin(self, block: str, at: int, line: int) -> tuple[Rows, int, int]:
        """Judge the header by the first lines; return where the rows begin."""
        self._add_blanks(None)
        window = block[at : at + (1 << 16)].split("\n", PEEK)
        # The last piece is what remains, or a line that the window cuts.
        window = [block[at : block.index("\n", at)], *(text for text in window[1:-1] if text.strip())]
        lines = [text.removesuffix("\r").replace("\x00", "") for text in window]
        layout = find_layout(lines, line, self.format, self.ids, self.source.faults, self.source.warnings)
        if layout.has_header:
            at, line = block.index("\n", at) + 1, line + 1
        return (
            Rows(self.format, self._lenient(layout), self.source.faults, self.ids, line, self.keep, self.fast),
            at,
            line,
        )

    def _lenient(self, layout: Layout) -> Layout:
        """Leave the range of ids to the comparison with the contest's own where these are known."""
        if self.ids is None or self.format.id is None:
            return layout

        def free(column: Column | None) -> Column | None:
            if column is None or column.name != self.format.id:
                return column
            return dataclasses.replace(column, low=None, high=None, rule=None)

        return dataclasses.replace(layout, columns=tuple(map(free, layout.columns)))

    def _read_block(self, rows: Rows, block: str, at: int, line: int) -> int:
        batch = rows.batch()
        while at < len(block):
            at, count = rows.take_clean(batch, block, at, line)
            if count and self.blanks:
                self._add_blanks(rows)
            line += count
            if at == len(block):
                break
            end = block.index("\n", at)
            text = block[at:end].removesuffix("\r")
            if is_blank(text, rows):
                self._note_blank(line)
            else:
                self._add_blanks(rows)
                cut = end + 1 == len(block) and not self.source.complete
                judge_line(rows, batch, self.source, text, line, cut)
            at, line = end + 1, line + 1
        rows.add(batch)
        self.source.faults.settle()
        return line

    def _note_blank(self, line: int) -> None:
        self.blanks = [self.blanks[0], line] if self.blanks else [line, line]

    def _add_blanks(self, rows: Rows | None, at_end: bool = False) -> None:
        """Report the blank lines met since the last row: only now is it known whether they end the file."""
        if not self.blanks:
            return
        place = "at the end of the file" if at_end else "between rows" if rows else "above the first row"
        for line in range(self.blanks[0], self.blanks[1] + 1):
            id = None if rows is None or at_end or self.format.id is not None else rows.place_id(line)
            self.source.faults.add("blank_line", line, id, "a row", f"a blank line {place}", "remove the blank line")
        self.blanks = []

    def count(self, rows: Rows | None) -> int:
        """The number of rows, faulty ones included."""
        if rows is None:
            return 0
        if self.format.id is None:
            return max(0, rows.last_line - rows.first_line + 1)
        return sum(map(len, rows.lines)) + len(rows.spoilt)


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
        codes = judge_ids(_given(rows, columns[format.id], lines), reader.ids, format, faults, count)
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
    column = rows.format.column(rows.format.id or "")
    spoilt = [(line, id, sure) for line, id, sure in rows.spoilt if id is not None]
    if column.kind == "integer":
        spoilt = [row for row in spoilt if _fits(row[1])]
    if not spoilt:
        return Given(ids, lines, np.ones(len(lines), dtype=bool))
    more = np.empty(len(spoilt), dtype=ids.dtype)
    more[:] = [int(id) if column.kind == "integer" else id for _, id, _ in spoilt]
    places = np.concatenate([lines, np.array([line for line, _, _ in spoilt], np.int64)])
    order = np.argsort(places, kind="stable")
    sure = np.concatenate([np.ones(len(lines), bool), np.array([sure for _, _, sure in spoilt])])
    return Given(np.concatenate([ids, more])[order], places[order], sure[order])


def _fits(id: str) -> bool:
    try:
        return -(1 << 63) <= int(id) < 1 << 63
    except ValueError:
        return False


def _judge_places(rows: Rows, count: int, faults: Faults) -> None:
    """Judge the number of lines where a line's place is its id."""
    if rows.ids is None or count == len(rows.ids):
        return
    wanted = len(rows.ids)
    line, id = (rows.first_line + wanted, None) if count > wanted else (None, str(rows.ids[count]))
    remedy = "remove the lines from here on" if count > wanted else "write one line for every image, in their order"
    faults.add("row_count", line, id, f"{wanted:,} rows", f"{count:,} rows", remedy)
