"""What a check finds: the kinds of faults, a bounded list of them with a true total, and the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from kit.contract.format import Fault

KINDS = {
    "binary": "the file is not text but an archive, a picture or something else",
    "encoding": "bytes that are not UTF-8, or a UTF-8 byte order mark (a warning)",
    "null_byte": "NUL bytes in a line",
    "empty": "a file without lines, or without rows below the header",
    "delimiter": "cells separated by another character than the format's",
    "header": "a header that is missing, repeated, not allowed, or wrong in case, order or names",
    "line_end": "lone or doubled carriage returns; LF and CRLF mixed (a warning)",
    "blank_line": "an empty line",
    "long_line": "a line that is too long for a row",
    "comment": "a comment",
    "fields": "a row with too few or too many cells",
    "truncated": "a last line that is cut off",
    "quote": "a stray or unclosed quote",
    "spaces": "spaces around a cell",
    "blank": "a blank cell",
    "nan": "NaN, NA, null or None",
    "infinite": "an infinite number",
    "integer": "an integer that is not written plainly, such as 7.0",
    "number": "a number in a form that not every program reads, such as 1_000",
    "text": "text instead of a number",
    "character": "control characters in a text",
    "range": "a number outside the column's range",
    "rule": "a text that breaks the column's rule",
    "row_count": "a number of rows that differs from the number of ids",
    "missing_id": "an id without a row",
    "unknown_id": "an id that the contest does not know",
    "repeated_id": "an id that an earlier line has already",
    "zero_based": "ids counted from 0 where the contest counts from 1",
    "order": "rows in another order than the contest's",
}

SHOWN = 80  # characters of a cell that a message quotes


def shorten(text: str) -> str:
    """Format a cell for a message: white space and control characters are visible, long text is cut."""
    if not text:
        return "blank"
    whole = text if len(text) <= SHOWN else text[:SHOWN]
    plain = whole if whole.isprintable() and whole == whole.strip() else ascii(whole)
    return plain if whole is text else f"{plain}... ({len(text):,} characters)"


def describe(fault: Fault) -> str:
    """Describe a fault in one line: where, what was expected, what was found, and what to do."""
    where = ", ".join(
        part
        for part in (fault.line and f"line {fault.line}", fault.id is not None and f"id {shorten(fault.id)}")
        if part
    )
    what = f"{fault.kind}: expected {fault.expected}, found {fault.found}. {fault.remedy}"
    return f"{where}: {what}" if where else what


@dataclass
class Faults:
    """Counts all faults, keeps the first ``limit`` of each kind in the order of lines.

    Faults may come in any order within a block of lines; :meth:`settle` ends a block.
    """

    limit: int
    kept: dict[str, list[Fault]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    pending: list[Fault] = field(default_factory=list)

    def __len__(self) -> int:
        return self.counts.total()

    def add(self, kind: str, line: int | None, id: str | None, expected: str, found: str, remedy: str) -> None:
        """Count a fault, and keep it while there is room."""
        self.counts[kind] += 1
        if len(self.kept.get(kind, ())) < self.limit:
            name = None if id is None else id if len(id) <= 200 else id[:200] + "..."
            self.pending.append(Fault(kind, line, name, expected, found, remedy))

    def add_many(self, faults: Iterable[Fault], kind: str, total: int) -> None:
        """Count ``total`` faults of one kind; take from the iterable only those that are kept."""
        if total:
            self.counts[kind] += total
            self.pending.extend(islice(faults, max(0, self.limit - len(self.kept.get(kind, ())))))

    def settle(self) -> None:
        """End a block: keep the first of its faults by line."""
        for fault in sorted(self.pending, key=_order):
            kept = self.kept.setdefault(fault.kind, [])
            if len(kept) < self.limit:
                kept.append(fault)
        self.pending.clear()

    def listed(self) -> list[Fault]:
        """Return the first ``limit`` faults: those of the whole file, then by line, then ids without a row."""
        self.settle()
        faults = [fault for faults in self.kept.values() for fault in faults]
        return sorted(faults, key=_order)[: self.limit]


_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


def _order(fault: Fault) -> tuple[int, int, int]:
    rank = _RANK.get(fault.kind, len(_RANK))
    if fault.line is None:
        return (2 if fault.kind == "missing_id" else 0, 0, rank)
    return (1, fault.line, rank)


@dataclass(frozen=True)
class Check:
    """The result of checking a submission.

    ``rows`` counts the data rows, faulty ones included. ``faults`` and ``warnings`` are cut at the limit,
    ``total_faults`` is not; ``counts`` are the true totals by kind. ``checked_ids`` is False if the ids were
    not known, or the file has no column of ids: then only the format was checked.
    """

    ok: bool
    rows: int
    faults: list[Fault]
    total_faults: int
    warnings: list[Fault]
    checked_ids: bool = True
    counts: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {
            "ok": self.ok,
            "rows": self.rows,
            "faults": [fault.as_dict() for fault in self.faults],
            "total_faults": self.total_faults,
            "warnings": [fault.as_dict() for fault in self.warnings],
        }
