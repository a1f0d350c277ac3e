"""Checks of compressed segments before a codec sees them: their size, and damage that decoders pass over."""

from __future__ import annotations

import struct

FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers that begin a JPEG frame
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


def check_jpeg(data: bytes, shape: tuple[int, int], tables: bytes | None) -> None:
    """Refuse a JPEG segment larger than its tile, or damaged. Raises ValueError."""
    height, width = jpeg_size(data)
    if height > shape[0] or width > shape[1]:
        raise ValueError(f"a JPEG of {width} x {height} in a segment of {shape[1]} x {shape[0]}")


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Read height and width from a JPEG's frame header. Raises ValueError."""
    position = 2
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("a damaged JPEG header")
        marker = data[position + 1]
        if marker == 0xFF or marker in ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        if marker in FRAMES and position + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, position + 5)
            return height, width
        position += 2 + length
    raise ValueError("a JPEG without a frame")


def check_jpeg2000(data: bytes, shape: tuple[int, int]) -> None:
    """Refuse a JPEG 2000 code stream whose image is larger than its segment. Raises ValueError."""
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(data) < start + 24:
        raise ValueError("no JPEG 2000 code stream")
    width, height, x, y = struct.unpack_from(">IIII", data, start + 8)
    if height - y > shape[0] or width - x > shape[1]:
        raise ValueError(f"a JPEG 2000 image of {width - x} x {height - y} in a segment of {shape[1]} x {shape[0]}")
