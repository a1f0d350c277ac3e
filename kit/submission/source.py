"""The file as blocks of whole lines of text, in bounded memory; faults that belong to bytes and not to rows."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from kit.errors import DataError
from kit.submission.faults import Faults

BLOCK = 1 << 17
KEPT_OF_LONG = 200  # bytes of an overlong line that are kept, so that its id can be named

# First bytes -> what the file is, and what to do about it.
MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", "unzip it first"),
    (b"PK\x05\x06", "an empty zip archive", "write the submission as plain text"),
    (b"\x1f\x8b", "a gzip file", "unpack it first: gunzip FILE"),
    (b"BZh", "a bzip2 file", "unpack it first: bunzip2 FILE"),
    (b"\xfd7zXZ\x00", "an xz file", "unpack it first: unxz FILE"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it first: unzstd FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file", "save it as CSV (UTF-8)"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "name the submission file"),
    (b"\xff\xd8\xff", "a JPEG picture", "name the submission file"),
    (b"GIF8", "a GIF picture", "name the submission file"),
    (b"%PDF-", "a PDF document", "name the submission file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "write the predictions as text with kit predict"),
    (b"\x93NUMPY", "a NumPy file", "write the array as text"),
    (b"PAR1", "a Parquet file", "in pandas, read_parquet(...).to_csv(..., index=False)"),
    (b"ARROW1", "an Arrow file", "in pandas, read_feather(...).to_csv(..., index=False)"),
    (b"SQLite format 3\x00", "an SQLite database", "name the submission file"),
    (b"\x7fELF", "a program", "name the submission file"),
    (b"\x80\x04\x95", "a Python pickle", "write the table as text: in pandas, to_csv(..., index=False)"),
    (b"\x80\x05\x95", "a Python pickle", "write the table as text: in pandas, to_csv(..., index=False)"),
)
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass
class Source:
    """A submission's lines, and what was wrong with its bytes.

    ``long_lines`` holds the numbers of the lines over ``longest`` bytes: only their beginning is handed on, with a NUL
    at its end so that it never passes for clean. ``complete`` is False where the last line has no line end.
    """

    path: Path
    faults: Faults
    warnings: Faults
    longest: int
    long_lines: set[int] = field(default_factory=set)
    binary: bool = False
    complete: bool = True
    empty: bool = True
    _lines: int = 0  # line ends met so far
    _handed: int = 0  # lines handed on so far
    _first: dict[str, int] = field(default_factory=dict)
    _count: dict[str, int] = field(default_factory=dict)

    def blocks(self) -> Iterator[str]:
        """Yield text that ends with LF; bytes that are not UTF-8 become surrogates (PEP 383).

        A lone carriage return counts as a line end (as editors have it) and is a fault.
        """
        try:
            with self.path.open("rb") as file:
                yield from self._whole_lines(self._bytes(file))
        except OSError as error:
            raise DataError("the submission cannot be read", found=error.strerror or error, where=self.path) from None
        self._judge_line_ends()

    def _bytes(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the file's bytes without a byte order mark, recoded if they are UTF-16; nothing if they are no text."""
        head = file.read(BLOCK)
        if found := binary_kind(head):
            self.binary = True
            self.faults.add("binary", None, None, "a text file", f"this is {found[0]}", found[1])
            return
        if head.startswith(codecs.BOM_UTF8):
            save = "harmless for most contests; to be safe save as UTF-8 without BOM: in pandas, encoding='utf-8'"
            self.warnings.add("encoding", 1, None, "UTF-8 without a byte order mark", "a UTF-8 byte order mark", save)
            head = head[3:]
        codec = _utf16(head)
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
        held = b""  # a carriage return at the end of a chunk, until it is known what follows
        for chunk in chunks:
            data = held + chunk
            held = b"\r" * (len(data) - len(data.rstrip(b"\r"))) if data.endswith(b"\r") else b""
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
            self._note("lf", breaks - whole, 0)
            self._note("crlf", whole, 0)
            self._lines += breaks
            return data
        return re.sub(rb"\r*\n|\r", self._one_end, data)

    def _one_end(self, end: re.Match[bytes]) -> bytes:
        self._lines += 1
        kind = {b"\n": "lf", b"\r\n": "crlf", b"\r": "cr"}.get(end[0], "doubled")
        self._note(kind, 1, self._lines)
        return b"\n"

    def _note(self, kind: str, count: int, line: int) -> None:
        if count:
            self._first.setdefault(kind, line)
            self._count[kind] = self._count.get(kind, 0) + count

    def _text(self, data: bytes) -> str:
        if len(data) > self.longest:
            data = self._without_long_lines(data)
        self._handed += data.count(b"\n")
        return data.decode("utf-8", "surrogateescape")

    def _without_long_lines(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        first = self._handed + 1
        for place, line in enumerate(lines):
            if len(line) > self.longest:
                self.long_lines.add(first + place)
                lines[place] = line[:KEPT_OF_LONG] + b"\x00"
        return b"\n".join(lines)

    def _judge_line_ends(self) -> None:
        for kind, name in (("cr", "a lone carriage return (CR)"), ("doubled", "a doubled carriage return (CR CR LF)")):
            if count := self._count.get(kind, 0):
                found = f"{name} at the end of {count:,} line{'s' * (count > 1)}"
                save = "write LF or CRLF line ends: in Python, open(..., newline='')"
                self.faults.add("line_end", self._first[kind], None, "LF or CRLF line ends", found, save)
        if "lf" in self._count and "crlf" in self._count:
            found = f"{self._count['lf']:,} LF and {self._count['crlf']:,} CRLF"
            self.warnings.add("line_end", None, None, "one kind of line end", found, "harmless for most contests")


def binary_kind(head: bytes) -> tuple[str, str] | None:
    """What a file is that is no text, and what to do about it; None for text."""
    for magic, name, remedy in MAGIC:
        if head.startswith(magic):
            if magic == b"PK\x03\x04" and (b"xl/" in head[:4096] or b"[Content_Types].xml" in head[:4096]):
                return "an Excel workbook", "save it as CSV (UTF-8)"
            return name, remedy
    if head[257:262] == b"ustar":
        return "a tar archive", "unpack it first: tar xf FILE"
    if re.match(rb"\s*<(!doctype html|html)", head[:200], re.IGNORECASE):
        return "a web page", "download the file itself: the page is what a browser shows, for instance a log-in form"
    # NUL bytes are left out: a hole in a damaged text file is full of them, and that fault has a line.
    start = head.split(b"\n", 1)[0]
    if not _utf16(head) and (
        _controls(head, 1) > max(15, len(head) // 20) or _controls(start) > max(2, len(start) // 20)
    ):
        return "binary data", "name the submission file, or write it again"
    return None


def _controls(data: bytes, first: int = 0) -> int:
    """How many bytes are control characters that no text file holds."""
    return len(data) - len(data.translate(None, bytes([*range(first, 9), 11, *range(14, 32), 127])))


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
