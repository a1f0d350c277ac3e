"""Check compressed segments before they are decoded: their size, and damage that codecs do not report."""

from __future__ import annotations

import struct
from pathlib import Path

from kit.images import check_image, read_header

START, END = b"\xff\xd8", b"\xff\xd9"  # of a JPEG
CODE_STREAM = b"\xff\x4f\xff\x51"  # the beginning of JPEG 2000


def check_jpeg(data: bytes, shape: tuple[int, int], tables: bytes | None, where: Path) -> None:
    """Refuse a JPEG segment that is larger than its tile, or damaged. Raises SampleError or ValueError.

    ``tables`` is a JPEG without an image, with the tables that all segments of a tiff use.
    """
    if tables and data.startswith(START):
        data = tables.removesuffix(END) + data.removeprefix(START)
    header = read_header(data, where)
    if header.height > shape[0] or header.width > shape[1]:
        raise ValueError(f"a JPEG of {header.width} x {header.height} in a segment of {shape[1]} x {shape[0]}")
    check_image(data, where)


def check_jpeg2000(data: bytes, shape: tuple[int, int]) -> None:
    """Refuse a JPEG 2000 code stream whose image is larger than its segment. Raises ValueError."""
    start = data.find(CODE_STREAM)
    if start < 0 or len(data) < start + 24:
        raise ValueError("no JPEG 2000 code stream")
    width, height, x, y = struct.unpack_from(">IIII", data, start + 8)
    if height - y > shape[0] or width - x > shape[1]:
        raise ValueError(f"a JPEG 2000 image of {width - x} x {height - y} in a segment of {shape[1]} x {shape[0]}")
