"""Read a submission's lines once: blank lines, the header, runs of clean lines, and all other lines one by one."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field

from kit.contract.format import Column, Fault, Format
from kit.submission.clean_lines import CleanLines
from kit.submission.header import HeaderLayout, read_header
from kit.submission.ids import Ids
from kit.submission.line_faults import blank_lines, byte_fault, check_line, is_blank
from kit.submission.rows import Rows, RowSchema
from kit.submission.text_file import TextFile

PEEK = 20  # lines by which delimiter and header are found
MOST = 50_000_000  # lines that are read of a file whose number of rows is not known: the rest would fill the memory
SPARE = 1_000_000  # lines that are read beyond twice the expected rows
EMPTY_LINES = re.compile(r"[ \t\r\n]*\n")


@dataclass
class SubmissionReader:
    """Reads the lines of one file.

    ``keep`` keeps the values of all columns. ``fast=False`` checks every line by itself.
    """

    file: TextFile
    format: Format
    ids: Ids | None
    keep: bool
    fast: bool
    _blank: list[int] = field(default_factory=list)  # [first, last] of the blank lines since the last row

    def read(self) -> Rows | None:
        """Read every line; return None if there is neither a row nor a header."""
        line, rows = 1, None
        for block in self.file.blocks():
            at = 0
            if rows is None:
                at, line = self._skip_to_text(block, line)
                if at == len(block):
                    continue
                rows, at, line = self._read_first_line(block, at, line)
                clean = CleanLines(rows.schema.layout, enabled=self.fast)
                blank = blank_lines(rows.schema.layout)
            line = self._read_block(rows, clean, blank, block, at, line)
            if self._is_endless(rows, line):
                break
        self.file.report_line_ends()
        if rows is not None or not self.file.empty:
            self._report_blank(rows, "at the end of the file")
        self.file.faults.settle()
        return rows

    def _is_endless(self, rows: Rows, line: int) -> bool:
        """Whether there are so many lines that reading on is useless; if so, that is reported as a fault."""
        per_id = 1 if self.format.id is None else self.format.rows_per_id[1]
        counted = self.ids is not None and per_id is not None
        most = 2 * len(self.ids or ()) * (per_id or 1) + SPARE if counted else MOST
        if line - rows.schema.first_line <= most:
            return False
        expected = f"{len(self.ids or ()) * (per_id or 1):,} rows" if counted else f"at most {MOST:,} rows"
        found = f"more than {most:,} lines; the file was not read from line {line} on"
        self.file.faults.add("row_count", None, None, expected, found, "write the file again")
        return True

    def _skip_to_text(self, block: str, line: int) -> tuple[int, int]:
        """Pass over blank lines and comments above the first line of text."""
        at = 0
        while at < len(block):
            at, line = self._skip_blank(EMPTY_LINES, block, at, line)
            if at == len(block):
                break
            end = block.index("\n", at)
            text = block[at:end].strip()
            if text.startswith(("#", "sep=")) and self.format.header != "absent":
                self.file.faults.add("comment", line, None, "the header", text[:80], "remove the comment")
            elif text:
                break
            else:
                self._add_blank(line, line)
            at, line = end + 1, line + 1
        return at, line

    def _read_first_line(self, block: str, at: int, line: int) -> tuple[Rows, int, int]:
        """Check the header by the first lines; return where the rows begin."""
        self._report_blank(None, "above the first row")
        window = block[at : at + (1 << 16)].split("\n", PEEK)
        # The last piece is the rest of the block, or a line that the window cuts.
        first = block[at : block.index("\n", at)]
        window = [first, *(text for text in window[1:-1] if text.strip())]
        lines = [text.removesuffix("\r").replace("\x00", "") for text in window]
        layout = read_header(lines, line, self.format, self.ids, self.file.faults, self.file.warnings)
        if layout.has_header:
            if fault := byte_fault(self.file, first, line):
                self.file.faults.add(fault.kind, line, None, fault.expected, fault.found, fault.remedy)
            at, line = block.index("\n", at) + 1, line + 1
        schema = RowSchema(self.format, self._without_id_range(layout), self.ids, line, self.keep)
        return Rows(schema, self.file.faults), at, line

    def _without_id_range(self, layout: HeaderLayout) -> HeaderLayout:
        """Leave the range and rule of ids to the comparison with the contest's own ids if these are known."""
        if self.ids is None or self.format.id is None:
            return layout

        def free(column: Column | None) -> Column | None:
            if column is None or column.name != self.format.id:
                return column
            return dataclasses.replace(column, low=None, high=None, rule=None)

        return dataclasses.replace(layout, columns=tuple(map(free, layout.columns)))

    def _read_block(self, rows: Rows, clean: CleanLines, blank: re.Pattern[str], block: str, at: int, line: int) -> int:
        batch = rows.batch()
        while at < len(block):
            at, count = clean.take(batch, block, at, line)
            if count:
                self._report_blank(rows, "between rows")
            line += count
            at, line = self._skip_blank(blank, block, at, line)
            if at == len(block):
                break
            end = block.index("\n", at)
            text = block[at:end].removesuffix("\r")
            if is_blank(text, rows.schema.layout):
                self._add_blank(line, line)
            else:
                self._report_blank(rows, "between rows")
                cut = end + 1 == len(block) and not self.file.complete
                check_line(rows, batch, self.file, text, line, cut)
            at, line = end + 1, line + 1
        rows.add(batch)
        rows.end_block()
        return line

    def _skip_blank(self, pattern: re.Pattern[str], block: str, at: int, line: int) -> tuple[int, int]:
        """Pass over a run of blank lines; return where the next line begins and its number."""
        match = pattern.match(block, at)
        end = match.end() if match else at
        if end == at:
            return at, line
        count = block.count("\n", at, end)
        self._add_blank(line, line + count - 1)
        return end, line + count

    def _add_blank(self, first: int, last: int) -> None:
        self._blank = [self._blank[0] if self._blank else first, last]

    def _report_blank(self, rows: Rows | None, where: str) -> None:
        """Report the blank lines since the last row: only what follows shows whether they end the file.

        They are counted at once, and as many faults are made as the limit allows.
        """
        if not self._blank:
            return
        first, last = self._blank
        numbered = rows.schema if rows is not None and where == "between rows" else None
        faults = (
            Fault(
                "blank_line",
                line,
                numbered.numbered_id(line) if numbered else None,
                "a row",
                f"a blank line {where}",
                "remove the blank line",
            )
            for line in range(first, last + 1)
        )
        self.file.faults.add_many(faults, "blank_line", last - first + 1)
        self._blank = []
