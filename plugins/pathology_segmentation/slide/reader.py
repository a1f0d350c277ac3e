"""Open a slide and read regions of it.

A region of a tiff costs the segments that it touches, not the whole slide; what must be decoded as a whole (one
compressed strip, png, jpg) is kept in a small cache, so that the next patch of the same slide costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from kit import SampleError

from .colour import CHANNELS, UNKNOWN, ColourModel, depth_of
from .formats import NOT_READ
from .picture import TURNED, oriented, picture_size, read_picture
from .tiff import Tiff, TruncatedError, read_header
from .tiff_colour import colour_model

CACHE_BYTES = 128 << 20
LARGEST_FILE = 1 << 30  # bytes of a file that is read as a whole
LARGEST_SIDE = 200_000
LARGEST_WHOLE = 1 << 27  # pixels of a file that can only be decoded as a whole
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ORIENTATION = 274


@dataclass(frozen=True)
class Slide:
    """A slide on disk: its size in pixels after rotation by the orientation tag, and its header if it is a tiff."""

    path: Path
    height: int
    width: int
    tiff: Tiff | None = None
    colour: ColourModel | None = None
    orientation: int = 1

    def read(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        """Read a region inside the slide as uint8 RGB (bottom - top, right - left, 3). Raises SampleError."""
        if self.tiff is None or self.orientation != 1 or not self.tiff.by_segments:
            return np.ascontiguousarray(_decoded(self)[top:bottom, left:right])
        try:
            return self._tiff_region(self.tiff, top, bottom, left, right)
        except SampleError:
            raise
        except Exception as error:  # every codec raises its own errors
            raise unreadable(self.path, error) from error

    def _tiff_region(self, tiff: Tiff, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        if self.colour is None:
            raise ValueError("a tiff without a colour model")
        samples, empty = tiff.read(top, bottom, left, right)
        depth = self.colour.bits
        if depth == UNKNOWN:
            state = self.path.stat()
            depth = _used_depth(self, state.st_mtime_ns, state.st_size)
        pixels = self.colour.to_rgb(samples, depth)
        if empty.any():  # segments that are left out are empty glass
            pixels = np.where(empty[..., None], np.uint8(255), pixels)
        return np.ascontiguousarray(pixels)


def open_slide(path: str | Path) -> Slide:
    """Read a slide's header. Raises SampleError for a file that is missing, truncated, damaged or not supported."""
    path = Path(path)
    try:
        state = path.stat()
        if not path.is_file():
            raise IsADirectoryError("it is not a file")
    except OSError as error:
        raise unreadable(path, error) from None
    if path.name.lower().endswith(NOT_READ):
        raise SampleError(
            "the slide's format is not read",
            found=path.suffix,
            where=path,
            remedy="convert it to a tiled tiff, for instance with QuPath or vips",
        )
    return _opened(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _opened(path: Path, changed: int, size: int) -> Slide:
    """Open a file; its time and size are arguments so that a changed file is not taken from the cache."""
    try:
        with path.open("rb") as file:
            is_tiff = file.read(4) in MAGIC
        if not is_tiff and size > LARGEST_FILE:
            raise ValueError(f"a file of {size:,} bytes that is not a tiff")
        slide = _open_tiff(path) if is_tiff else Slide(path, *picture_size(path))
    except TruncatedError as error:
        raise SampleError("the slide is truncated", found=error, where=path, remedy="download it again") from None
    except Exception as error:  # a damaged header can raise anything in tifffile and Pillow
        raise unreadable(path, error) from None
    if not (0 < slide.height <= LARGEST_SIDE and 0 < slide.width <= LARGEST_SIDE):
        raise SampleError("a slide's size is out of range", found=f"{slide.width} x {slide.height} pixels", where=path)
    whole = slide.tiff is None or not slide.tiff.by_segments or slide.orientation != 1
    if whole and slide.height * slide.width > LARGEST_WHOLE:
        raise SampleError(
            "the slide is too large to be decoded as a whole",
            expected=f"at most {LARGEST_WHOLE:,} pixels",
            found=f"{slide.width} x {slide.height} pixels",
            where=path,
            remedy="save it as a tiled tiff",
        )
    return slide


def _open_tiff(path: Path) -> Slide:
    tiff = read_header(path)
    kind = int(tiff.page.tags[ORIENTATION].value) if ORIENTATION in tiff.page.tags else 1
    if kind not in range(1, 9):
        raise ValueError(f"orientation {kind}")
    height, width = (tiff.width, tiff.height) if kind in TURNED else (tiff.height, tiff.width)
    return Slide(path, height, width, tiff, colour_model(tiff), kind)


@lru_cache(maxsize=64)
def _used_depth(slide: Slide, changed: int, size: int) -> int:
    """Infer how many of 16 bits a slide uses; cached, because the whole slide is read."""
    if slide.tiff is None or slide.colour is None:
        return 8
    return depth_of(slide.tiff.largest(CHANNELS[slide.colour.space]))


_cache: OrderedDict[tuple[Path, int], np.ndarray] = OrderedDict()


def _decoded(slide: Slide) -> np.ndarray:
    """Return the whole slide; the last few are cached."""
    key = (slide.path, slide.path.stat().st_mtime_ns)
    if key not in _cache:
        _cache[key] = _decode(slide)
        while len(_cache) > 1 and sum(array.nbytes for array in _cache.values()) > CACHE_BYTES:
            _cache.popitem(last=False)
    _cache.move_to_end(key)
    return _cache[key]


def _decode(slide: Slide) -> np.ndarray:
    try:
        if slide.tiff is None:
            pixels = read_picture(slide.path)
        else:
            stored = slide._tiff_region(slide.tiff, 0, slide.tiff.height, 0, slide.tiff.width)
            pixels = oriented(stored, slide.orientation)
    except SampleError:
        raise
    except Exception as error:  # every codec raises its own errors
        raise unreadable(slide.path, error) from error
    if pixels.shape[:2] != (slide.height, slide.width):
        found = f"{pixels.shape[1]} x {pixels.shape[0]}"
        raise SampleError("a slide's size is not that in its header", found=found, where=slide.path)
    return np.ascontiguousarray(pixels)


def unreadable(path: Path, error: Exception) -> SampleError:
    """Build the error for a slide that cannot be read."""
    said = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
    return SampleError("the slide cannot be read", found=said, where=path, remedy="download it again, or convert it")
