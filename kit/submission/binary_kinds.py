"""What a file is that is not text, by its first bytes."""

from __future__ import annotations

import re

# The first bytes, what the file is, and what to do.
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


def binary_kind(head: bytes, *, utf16: bool) -> tuple[str, str] | None:
    """Return what a file is that is not text, and what to do; None for text."""
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
    if not utf16 and (_controls(head, 1) > max(15, len(head) // 20) or _controls(start) > max(2, len(start) // 20)):
        return "binary data", "name the submission file, or write it again"
    return None


def _controls(data: bytes, first: int = 0) -> int:
    """Count the control characters that no text file has."""
    return len(data) - len(data.translate(None, bytes([*range(first, 9), 11, *range(14, 32), 127])))
