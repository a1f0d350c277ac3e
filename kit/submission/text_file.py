"""Read a text file as blocks of whole lines, in bounded memory; report faults of its bytes and line ends."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from kit.errors import DataError
from kit.submission.binary_kinds import binary_kind
from kit.submission.faults import Faults
from kit.wording import counted

BLOCK = 1 << 17
KEPT_OF_LONG = 200  # bytes of an overlong line that are kept, so that its id can be named
LONGEST_END = 1024  # carriage returns that may belong to one line end
# A run is matched as a whole: trying each of its bytes as the start of a match would take quadratic time.
LINE_ENDS = re.compile(rb"\r+\n?|\n")

UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass
class TextFile:
    """A submission's lines, and what is wrong with its bytes.

    ``long_lines`` holds the numbers of the lines of more than ``longest`` bytes: only their beginning is yielded, with
    a NUL at its end so that it is never taken for a clean line. ``complete`` is False if the last line has no line end.
    """

    path: Path
    faults: Faults
    warnings: Faults
    longest: int
    long_lines: set[int] = field(default_factory=set)
    binary: bool = False
    complete: bool = True
    empty: bool = True
    _lines: int = 0  # line ends so far
    _yielded: int = 0  # lines yielded so far
    _first: dict[str, int] = field(default_factory=dict)
    _count: dict[str, int] = field(default_factory=dict)

    def blocks(self) -> Iterator[str]:
        """Yield text that ends with LF; bytes that are not UTF-8 become surrogates (PEP 383).

        A lone carriage return counts as a line end, as in editors, and is a fault.
        """
        try:
            with self.path.open("rb") as file:
                yield from self._whole_lines(self._bytes(file))
        except OSError as error:
            raise DataError("the submission cannot be read", found=error.strerror or error, where=self.path) from None

    def _bytes(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the bytes of a text file: without a byte order mark, recoded from UTF-16. Yield nothing otherwise."""
        head = file.read(BLOCK)
        codec = _utf16(head)
        if found := binary_kind(head, utf16=codec is not None):
            self.binary = True
            self.faults.add("binary", None, None, "a text file", f"this is {found[0]}", found[1])
            return
        if head.startswith(codecs.BOM_UTF8):
            save = "harmless for most contests; to be safe save as UTF-8 without BOM: in pandas, encoding='utf-8'"
            self.warnings.add("encoding", 1, None, "UTF-8 without a byte order mark", "a UTF-8 byte order mark", save)
            head = head[3:]
        decoder = codecs.getincrementaldecoder(codec)("replace") if codec else None
        if codec:
            save = "save the file as UTF-8: in pandas, to_csv(..., encoding='utf-8')"
            self.faults.add("encoding", 1, None, "UTF-8", codec.upper(), save)
        while head:
            data = decoder.decode(head).lstrip("\ufeff").encode("utf-8", "replace") if decoder else head
            if data:
                self.empty = False
                yield data
            head = file.read(BLOCK)

    def _whole_lines(self, chunks: Iterator[bytes]) -> Iterator[str]:
        carry: list[bytes] = []  # the beginning of a line whose end has not come yet
        held = b""  # carriage returns at the end of a chunk, until it is known what follows
        for chunk in chunks:
            data = held + chunk
            ending = len(data) - len(data.rstrip(b"\r")) if data.endswith(b"\r") else 0
            held = b"\r" * ending if ending <= LONGEST_END else b""
            data = self._plain_ends(data[: len(data) - len(held)])
            cut = data.rfind(b"\n") + 1
            if cut:
                yield self._text(b"".join([*carry, data[:cut]]))
                carry = []
            self._carry(carry, data[cut:])
        if held:
            carry.append(self._plain_ends(held))
        last = b"".join(carry)
        if last:
            self.complete = last.endswith(b"\n")
            yield self._text(last if self.complete else last + b"\n")

    def _carry(self, carry: list[bytes], rest: bytes) -> None:
        """Keep the beginning of a line; of an overlong one only so much that it is known to be overlong."""
        if rest and sum(map(len, carry)) <= self.longest:
            carry.append(rest)
            if len(carry) > 64:
                carry[:] = [b"".join(carry)]

    def _plain_ends(self, data: bytes) -> bytes:
        """Turn lone and doubled carriage returns into plain line ends, and count every kind."""
        returns = data.count(b"\r")
        breaks = data.count(b"\n")
        whole = data.count(b"\r\n") if returns else 0
        if returns == whole:
            self._count_ends("lf", breaks - whole, 0)
            self._count_ends("crlf", whole, 0)
            self._lines += breaks
            return data
        return LINE_ENDS.sub(self._plain_end, data)

    def _plain_end(self, end: re.Match[bytes]) -> bytes:
        """Replace a run of carriage returns, with a line feed behind it or not."""
        lines = 1 if end[0].endswith(b"\n") else len(end[0])
        kind = {b"\n": "lf", b"\r\n": "crlf"}.get(end[0], "doubled" if end[0].endswith(b"\n") else "cr")
        self._count_ends(kind, lines, self._lines + 1)
        self._lines += lines
        return b"\n" * lines

    def _count_ends(self, kind: str, count: int, line: int) -> None:
        if count:
            self._first.setdefault(kind, line)
            self._count[kind] = self._count.get(kind, 0) + count

    def _text(self, data: bytes) -> str:
        if self._has_long_line(data):
            data = self._without_long_lines(data)
        self._yielded += data.count(b"\n")
        return data.decode("utf-8", "surrogateescape")

    def _has_long_line(self, data: bytes) -> bool:
        """Whether a line is too long: from the start of a line, there is no line end within its greatest length."""
        start = 0
        while len(data) - start > self.longest:
            end = data.rfind(b"\n", start, start + self.longest + 1)
            if end < 0:
                return True
            start = end + 1
        return False

    def _without_long_lines(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        first = self._yielded + 1
        for position, line in enumerate(lines):
            if len(line) > self.longest:
                self.long_lines.add(first + position)
                lines[position] = line[:KEPT_OF_LONG] + b"\x00"
        return b"\n".join(lines)

    def report_line_ends(self) -> None:
        """Report the line ends of what has been read."""
        for kind, name in (("cr", "a lone carriage return (CR)"), ("doubled", "a doubled carriage return (CR CR LF)")):
            if count := self._count.get(kind, 0):
                found = f"{name} at the end of {counted(count, 'line')}"
                save = "write LF or CRLF line ends: in Python, open(..., newline='')"
                self.faults.add("line_end", self._first[kind], None, "LF or CRLF line ends", found, save)
        if "lf" in self._count and "crlf" in self._count:
            found = f"{self._count['lf']:,} LF and {self._count['crlf']:,} CRLF"
            self.warnings.add("line_end", None, None, "one kind of line end", found, "harmless for most contests")


def _utf16(head: bytes) -> str | None:
    """The UTF-16 codec of a file that begins with its mark, or whose every other byte is zero."""
    if codec := UTF16.get(head[:2]):
        return codec
    sample = head[:4096]
    if len(sample) < 4 or len(sample) % 2:
        return None
    half = len(sample) // 2
    for start, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[start::2].count(0) > 0.9 * half and sample[1 - start :: 2].count(0) < 0.1 * half:
            return codec
    return None
