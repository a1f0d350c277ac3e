"""What an image file says about itself before it is decoded: kind, size, depth, channels, and whether it is whole."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from kit import SampleError

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Start-of-frame markers (ITU T.81, table B.1): C4, C8 and CC are other things.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, b"\xff\xd9"
PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; a palette (3) decodes to colour


@dataclass(frozen=True)
class Header:
    """An image's kind ("jpeg" or "png"), size in pixels, bits a channel, channels, and whether its end is there."""

    kind: str
    width: int
    height: int
    bits: int
    channels: int
    whole: bool


def read_header(data: bytes, where: str) -> Header:
    """Read the header of an encoded image. Raises SampleError where the bytes are no image."""
    try:
        if data.startswith(JPEG):
            return _jpeg(data)
        if data.startswith(PNG):
            return _png(data)
    except (struct.error, IndexError, KeyError, ValueError):
        raise SampleError("the photograph is cut off within its header", where=where, remedy=AGAIN) from None
    found = f"{len(data):,} bytes that start with {data[:8]!r}" if data else "an empty file"
    raise SampleError("the photograph is no jpg", found=found, where=where, remedy=AGAIN)


AGAIN = "download it again (kit audit lists all such files); training goes on without it with --skip-bad N"


def _jpeg(data: bytes) -> Header:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in FRAMES:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            # Camera data before the frame may hold a thumbnail with an end of its own: look behind the frame only.
            return Header("jpeg", width, height, bits, channels, data.rfind(END_OF_IMAGE) > at + 2 + length)
        if marker == START_OF_SCAN:
            raise ValueError
        at += 2 + length


def _png(data: bytes) -> Header:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    return Header("png", width, height, 8 if colour == 3 else bits, PNG_CHANNELS[colour], b"IEND" in data[-16:])
