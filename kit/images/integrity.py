"""Damage that a file's own checksums or its decoder report.

libjpeg goes on after damaged data, fills what it cannot decode with grey and prints a warning; OpenCV and Pillow do not
pass the warning on. simplejpeg does: here every warning is an error. Of PNG files each chunk's checksum is verified.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from kit.errors import SampleError
from kit.images.header import AGAIN, JPEG, PNG

SCANS = 500  # of a progressive JPEG: usual are 10; each decodes the whole image, so thousands take minutes
START_OF_SCAN = b"\xff\xda"  # within coded data FF is followed by 00 or a restart marker


def check_image(data: bytes, where: Path | str) -> None:
    """Raise SampleError if a JPEG or PNG file is damaged or cut off. Other kinds of files are not checked.

    For readers that decode in another way; :func:`kit.images.decode_image` checks too.
    """
    if data.startswith(JPEG):
        decode_jpeg(data, where, "GRAY", min_height=1, min_width=1, min_factor=8)
    elif data.startswith(PNG):
        check_png(data, where)


def decode_jpeg(data: bytes, where: Path | str, colours: str, **scale: int) -> Any:
    """Decode a JPEG file to uint8 (H, W, C) and raise SampleError where libjpeg warns.

    ``scale`` are simplejpeg's ``min_height``, ``min_width`` and ``min_factor``.
    """
    import simplejpeg

    if data.count(START_OF_SCAN) > SCANS:
        found = f"{data.count(START_OF_SCAN):,} scans"
        raise SampleError("the JPEG file has too many scans", expected=f"at most {SCANS}", found=found, where=where)
    if data[6:11] == b"JFIF\x00" and data[11] != 1:
        # An unknown revision number is harmless, but libjpeg warns of it as it does of damage.
        data = data[:11] + b"\x01" + data[12:]
    try:
        return simplejpeg.decode_jpeg(data, colours, **scale)
    except ValueError as error:
        cut = "premature end of jpeg file" in str(error).lower()
        message = "the image is cut off" if cut else "the image is damaged"
        raise SampleError(message, found=error, where=where, remedy=AGAIN) from None


def check_png(data: bytes, where: Path | str) -> None:
    """Verify the checksum of each chunk of a PNG file, up to its end chunk."""
    at = len(PNG)
    while True:
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise SampleError("the image is cut off", where=where, remedy=AGAIN)
        kind = data[at + 4 : at + 8]
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            found = f"a wrong checksum of the chunk {kind!r} at byte {at:,}"
            raise SampleError("the image is damaged", found=found, where=where, remedy=AGAIN)
        if kind == b"IEND":
            return
        at = end
