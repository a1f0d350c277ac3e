"""Slides read by regions: tiled, striped, compressed and multi-page tiffs segment by segment, png and jpg whole.

A region of a tiff costs the segments that it touches, never the whole slide; what must be decoded whole (one
compressed strip, png, jpg) is kept in a small cache, so that the next patch of the same slide costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kit import SampleError

TIFF = (".tif", ".tiff")
PICTURES = (*TIFF, ".png", ".jpg", ".jpeg")
CACHE_BYTES = 128 << 20
LARGEST_SIDE = 200_000
LARGEST_PICTURE = 1 << 29  # pixels of a file that can only be decoded whole
PALETTE, SEPARATE = 3, 2  # tiff tags: photometric interpretation, planar configuration


@dataclass(frozen=True)
class Slide:
    """A slide on disk: its size in pixels, and its tiff page where it is one."""

    path: Path
    height: int
    width: int
    page: Any = None

    def read(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        """Read a region inside the slide as uint8 RGB (bottom - top, right - left, 3)."""
        if self.page is None or not _by_segments(self.page):
            return np.ascontiguousarray(_decoded(self)[top:bottom, left:right])
        try:
            return _read_segments(self, top, bottom, left, right)
        except Exception as error:  # each codec has errors of its own
            raise _unreadable(self.path, error) from error


def open_slide(path: str | Path) -> Slide:
    """Read a slide's header. Raises SampleError for a file that is missing, truncated or no picture."""
    try:
        state = Path(path).stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    return _opened(str(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _opened(name: str, changed: int, size: int) -> Slide:
    """Open a file; its time and size are arguments so that a changed file is not taken from the cache."""
    path = Path(name)
    slide = _open_tiff(path, size) if path.suffix.lower() in TIFF else _open_picture(path)
    if not (0 < slide.height <= LARGEST_SIDE and 0 < slide.width <= LARGEST_SIDE):
        raise SampleError("a slide's size is out of reach", found=f"{slide.width} x {slide.height} pixels", where=path)
    if slide.page is None and slide.height * slide.width > LARGEST_PICTURE:
        raise SampleError(
            "the picture is too large to be decoded whole",
            found=f"{slide.width} x {slide.height} pixels",
            where=path,
            remedy="save it as a tiled tiff",
        )
    return slide


def _open_picture(path: Path) -> Slide:
    from PIL import Image

    try:
        with Image.open(path) as image:  # the header alone
            return Slide(path, image.height, image.width)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from None


def _open_tiff(path: Path, size: int) -> Slide:
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            # The slide itself is the largest page; the others are its thumbnails, labels and lower magnifications.
            page = max(file.pages, key=lambda page: page.imagelength * page.imagewidth)
            page = page.aspage() if hasattr(page, "aspage") else page
            _ = page.decode  # made while the file is open, kept by the page
        ends = [a + b for a, b in zip(page.dataoffsets, page.databytecounts, strict=True)]
    except Exception as error:  # tifffile meets a damaged header with whatever its fields happen to mean
        raise _unreadable(path, error) from None
    if not ends or max(ends) > size:
        found = f"{size:,} bytes, where its pages need {max(ends, default=0):,}"
        raise SampleError("the slide is truncated", found=found, where=path, remedy="download it again")
    _refuse_unknown(path, page)
    return Slide(path, page.imagelength, page.imagewidth, page)


def _refuse_unknown(path: Path, page: Any) -> None:
    kind = np.dtype(page.dtype) if page.dtype is not None else None
    if kind not in (np.dtype(np.uint8), np.dtype(np.uint16)) or page.photometric == PALETTE or page.imagedepth != 1:
        raise SampleError(
            "the slide's pixels are of an unknown kind",
            expected="8 or 16 bits, grey, RGB or RGBA",
            found=f"{kind}, {getattr(page.photometric, 'name', page.photometric)}",
            where=path,
        )


def _by_segments(page: Any) -> bool:
    """Whether a region can be read without decoding everything."""
    return page.planarconfig != SEPARATE and (len(page.dataoffsets) > 1 or page.compression == 1)


def _read_segments(slide: Slide, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    page = slide.page
    if page.compression == 1 and not page.is_tiled and page.is_contiguous:
        return _read_plain(slide, top, bottom, left, right)
    high, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    across = -(-page.imagewidth // wide)
    out = np.empty((bottom - top, right - left, 3), np.uint8)
    with slide.path.open("rb") as file:
        for row in range(top // high, -(-bottom // high)):
            for column in range(left // wide, -(-right // wide)):
                segment = _segment(slide, file, row * across + column)
                y, x = row * high, column * wide
                ys = slice(max(top, y), min(bottom, y + high))
                xs = slice(max(left, x), min(right, x + wide))
                out[ys.start - top : ys.stop - top, xs.start - left : xs.stop - left] = segment[
                    ys.start - y : ys.stop - y, xs.start - x : xs.stop - x
                ]
    return out


def _segment(slide: Slide, file: Any, index: int) -> np.ndarray:
    page = slide.page
    file.seek(page.dataoffsets[index])
    data = file.read(page.databytecounts[index])
    decoded, _, shape = page.decode(data or None, index, jpegtables=page.jpegtables)
    if decoded is None:  # a segment that was left out holds nothing: glass
        return np.full((*shape[1:3], 3), 255, np.uint8)
    return as_rgb(np.asarray(decoded)[0])


def _read_plain(slide: Slide, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Read rows of an uncompressed page straight from the file."""
    page = slide.page
    kind = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    shape = (page.imagelength, page.imagewidth, page.samplesperpixel)
    pixels = np.memmap(slide.path, kind, "r", page.dataoffsets[0], shape)
    return as_rgb(np.asarray(pixels[top:bottom, left:right]))


_cache: OrderedDict[tuple[str, int], np.ndarray] = OrderedDict()


def _decoded(slide: Slide) -> np.ndarray:
    """The whole slide, from a cache of the last few."""
    key = (str(slide.path), slide.path.stat().st_mtime_ns)
    if key not in _cache:
        _cache[key] = _decode(slide)
        while len(_cache) > 1 and sum(array.nbytes for array in _cache.values()) > CACHE_BYTES:
            _cache.popitem(last=False)
    _cache.move_to_end(key)
    return _cache[key]


def _decode(slide: Slide) -> np.ndarray:
    if slide.page is None:
        pixels = read_picture(slide.path)
    else:
        import tifffile

        try:
            with tifffile.TiffFile(slide.path) as file:
                pixels = file.pages[slide.page.index].asarray()
        except Exception as error:
            raise _unreadable(slide.path, error) from None
        if slide.page.planarconfig == SEPARATE and pixels.ndim == 3:
            pixels = np.moveaxis(pixels, 0, -1)  # (C, H, W) -> (H, W, C)
        pixels = as_rgb(pixels)
    if pixels.shape[:2] != (slide.height, slide.width):
        found = f"{pixels.shape[1]} x {pixels.shape[0]}"
        raise SampleError("a slide is not as large as its header says", found=found, where=slide.path)
    return pixels


def read_picture(path: Path) -> np.ndarray:
    """Decode a png or jpg as uint8 RGB (H, W, 3); a file that is cut off is refused, not filled with grey."""
    from PIL import Image, ImageFile

    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        with Image.open(path) as image:
            image.load()
            return as_rgb(np.asarray(image.convert("RGB") if image.mode in ("P", "CMYK", "1", "YCbCr") else image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from None


def as_rgb(pixels: np.ndarray) -> np.ndarray:
    """Turn grey, grey with alpha, RGB or RGBA of 8 or 16 bits into uint8 RGB (H, W, 3)."""
    if pixels.dtype.itemsize == 2:
        pixels = pixels >> 8
    pixels = pixels.astype(np.uint8, copy=False)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    return np.repeat(pixels[..., :1], 3, axis=2) if pixels.shape[2] < 3 else pixels[..., :3]


def _unreadable(path: str | Path, error: Exception) -> SampleError:
    said = f"{type(error).__name__}: {error}"
    return SampleError("the slide cannot be read", found=said, where=path, remedy="download it again")
