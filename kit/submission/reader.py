"""The walk over a file's lines: blank lines, the header, clean lines by the block and the others one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from kit.contract.format import Column, Format
from kit.submission.header import Layout, find_layout
from kit.submission.line_faults import is_blank, judge_line
from kit.submission.rows import Rows
from kit.submission.source import Source

PEEK = 20  # lines by which delimiter and header are judged
MOST = 50_000_000  # lines that are read of a file whose number of rows is not known: the rest would fill the memory
SPARE = 1_000_000  # lines that are read beyond twice the rows that there should be


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
            if self._is_endless(rows, line):
                break
        if rows is not None or not self.source.empty:
            self._add_blanks(rows, at_end=True)
        return rows

    def _is_endless(self, rows: Rows, line: int) -> bool:
        """Whether so many lines have come that the rest can tell nothing new; if so that is a fault."""
        counted = self.ids is not None and (self.format.one_row_per_id or self.format.id is None)
        most = 2 * len(self.ids or ()) + SPARE if counted else MOST
        if line - rows.first_line <= most:
            return False
        expected = f"{len(self.ids or ()):,} rows" if counted else f"at most {MOST:,} rows"
        found = f"more than {most:,} lines; the file was not read on from line {line}"
        self.source.faults.add("row_count", None, None, expected, found, "write the file again")
        return True

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
        rows.settle()
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
        return sum(map(len, rows.lines)) + rows.spoilt + (rows.cut is not None)
