"""Decoded photographs on disk, keyed by their content and how they were prepared; anything damaged is made again."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import numpy as np

from kit.files import cache_dir, sha256, write_bytes

from .image import load

VERSION = 2  # raise it when load() changes what it returns


def cached(path: Path, size: int, illumination: float, digest: str | None = None) -> np.ndarray:
    """:func:`~.image.load` through the cache: uint8 RGB (size, size, 3).

    ``digest`` is the file's SHA-256, computed where it is not given. A cache that cannot be written is done without.
    """
    digest = digest or sha256(path)
    key = hashlib.sha256(f"{VERSION} {digest} {size} {illumination!r}".encode()).hexdigest()
    stored = cache_dir() / "eye_disease" / "photographs" / key[:2] / f"{key[2:32]}.rgb"
    held = _read(stored, size)
    if held is not None:
        return held
    image = load(path, size, illumination)
    _write(stored, image)
    return image


def _read(stored: Path, size: int) -> np.ndarray | None:
    """The image, or None where there is none or its checksum (the first four bytes) does not fit."""
    try:
        data = stored.read_bytes()
    except OSError:
        return None
    pixels = data[4:]
    if len(pixels) != size * size * 3 or zlib.crc32(pixels) != int.from_bytes(data[:4], "little"):
        return None
    return np.frombuffer(pixels, dtype=np.uint8).reshape(size, size, 3)


def _write(stored: Path, image: np.ndarray) -> None:
    pixels = image.tobytes()
    try:
        write_bytes(stored, zlib.crc32(pixels).to_bytes(4, "little") + pixels)
    except OSError:
        return  # a full or read-only disk costs time, not the run
