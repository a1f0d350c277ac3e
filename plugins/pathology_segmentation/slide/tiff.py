"""Read tiff files: choose the page of the slide, and read regions of its segments (strips or tiles) as stored."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .channels import rgb_pages
from .jpeg import check_jpeg, check_jpeg2000

MOST_PAGES = 1_000
MOST_INNER_PAGES = 100
BAND = 256  # rows read at once
HEADER = 8  # bytes
MOST_SEGMENT_BYTES = 1 << 30
SEPARATE = 2  # planar configuration
NONE, JPEG = 1, 7
JPEG_2000, APERIO_YCBCR = (33003, 33005, 34712), 33003
# Compressions that are read: CCITT, LZW, JPEG, deflate, PackBits, LZMA, JPEG 2000, zstd, WebP.
COMPRESSIONS = {NONE, 2, 3, 4, 5, JPEG, 8, 32946, 32773, 34925, *JPEG_2000, 50000, 50001}


@dataclass(frozen=True)
class Tiff:
    """A page of a tiff file, as parsed by tifffile."""

    path: Path
    page: Any
    more_pages: tuple[Any, ...] = ()
    """Further channels, each in a page of its own."""

    @property
    def height(self) -> int:
        """Rows of pixels as stored."""
        return int(self.page.imagelength)

    @property
    def width(self) -> int:
        """Columns of pixels as stored."""
        return int(self.page.imagewidth)

    @property
    def channels(self) -> int:
        """Samples of a pixel."""
        return int(self.page.samplesperpixel) + len(self.more_pages)

    @property
    def segment_shape(self) -> tuple[int, int]:
        """Height and width of a segment."""
        if self.page.is_tiled:
            return int(self.page.tilelength), int(self.page.tilewidth)
        return min(int(self.page.rowsperstrip), self.height), self.width

    @property
    def by_segments(self) -> bool:
        """Whether a region costs less than the whole image."""
        high, _ = self.segment_shape
        return self.contiguous or bool(self.page.is_tiled) or high < self.height

    @property
    def contiguous(self) -> bool:
        """Whether the samples lie in the file as in memory."""
        page = self.page
        return _is_plain(page) and (page.planarconfig != SEPARATE or page.samplesperpixel == 1)

    def read(self, top: int, bottom: int, left: int, right: int) -> tuple[np.ndarray, np.ndarray]:
        """Read a region as stored: samples (h, w, C), and where segments were left out: bool (h, w).

        Raises the codec's own exceptions for damaged data.
        """
        if self.more_pages:
            planes = [Tiff(self.path, page).read(top, bottom, left, right) for page in (self.page, *self.more_pages)]
            samples = np.concatenate([samples for samples, _ in planes], axis=2)
            return samples, np.any([empty for _, empty in planes], axis=0)
        if self.contiguous:
            return self._mapped()[top:bottom, left:right], np.zeros((bottom - top, right - left), bool)
        high, wide = self.segment_shape
        across, down = -(-self.width // wide), -(-self.height // high)
        out = np.zeros((bottom - top, right - left, self.channels), self.page.dtype)
        empty = np.zeros(out.shape[:2], bool)
        count = self.channels if self.page.planarconfig == SEPARATE else 1
        with self.path.open("rb") as file:
            for row in range(top // high, -(-bottom // high)):
                for column in range(left // wide, -(-right // wide)):
                    y, x = row * high, column * wide
                    ys = slice(max(top, y), min(bottom, y + high))
                    xs = slice(max(left, x), min(right, x + wide))
                    target = slice(ys.start - top, ys.stop - top), slice(xs.start - left, xs.stop - left)
                    source = slice(ys.start - y, ys.stop - y), slice(xs.start - x, xs.stop - x)
                    for plane in range(count):
                        segment = self._segment(file, (plane * down + row) * across + column)
                        if segment is None:
                            empty[target] = True
                        elif count > 1:
                            out[(*target, plane)] = segment[(*source, 0)]
                        else:
                            out[target] = segment[source]
        return out, empty

    def _mapped(self) -> np.ndarray:
        """Map an uncompressed image (H, W, C) into memory, so that only the used part is read."""
        kind = np.dtype(self.page.dtype).newbyteorder(self.page.parent.byteorder)
        shape = (self.height, self.width, self.channels)
        return np.memmap(self.path, kind, "r", self.page.dataoffsets[0], shape)

    def _segment(self, file: Any, index: int) -> np.ndarray | None:
        """Decode a segment (h, w, C); None for one that is left out."""
        page = self.page
        file.seek(page.dataoffsets[index])
        count = page.databytecounts[index]
        data = file.read(count)
        if len(data) != count:
            raise ValueError(f"segment {index} of {count:,} bytes breaks off after {len(data):,}")
        if not data:
            return None
        if page.compression == JPEG and not page.jpegheader:
            check_jpeg(data, self.segment_shape, page.jpegtables, self.path)
        elif page.compression in JPEG_2000:
            check_jpeg2000(data, self.segment_shape)
        decoded, _, _ = page.decode(data, index, jpegtables=page.jpegtables, jpegheader=page.jpegheader)
        segment: np.ndarray = np.asarray(decoded)[0]
        return segment

    def largest(self, channels: int) -> int:
        """Find the largest value of the first channels of the whole image."""
        high = BAND if self.contiguous else self.segment_shape[0]
        largest = 0
        for top in range(0, self.height, high):
            samples, _ = self.read(top, min(top + high, self.height), 0, self.width)
            largest = max(largest, int(samples[..., :channels].max()))
        return largest


def read_header(path: Path) -> Tiff:
    """Read a tiff's directories and choose the slide: the largest page. Raises ValueError, or tifffile's exceptions."""
    if path.suffix.lower() != ".ndpi":
        return _read_header(path)
    try:
        return _read_header(path)  # tifffile expects Hamamatsu's own kind of directory by this suffix
    except ValueError:
        return _read_header(path, is_ndpi=False)


def _read_header(path: Path, **kinds: bool) -> Tiff:
    import tifffile

    with _errors_raised(), tifffile.TiffFile(path, **kinds) as file:
        pages = _pages(file)
        channels = rgb_pages(file, pages)
        page = channels[0] if channels else _slide_page(pages)
        if not channels and file.is_imagej and int((file.imagej_metadata or {}).get("images", 1)) > 1:
            raise ValueError("a stack of ImageJ's images: save the slide as one RGB image")
        for used in channels or [page]:
            _ = used.decode, used.jpegtables, used.jpegheader  # read while the file is open, kept by the page
            _check_segments(used, path.stat().st_size)
        return Tiff(path, page, tuple(channels[1:]))


def _pages(file: Any) -> list[Any]:
    """List the pages one by one, because a directory may point back to an earlier one."""
    found: list[Any] = []
    offsets = set()
    while True:
        try:
            page = file.pages[len(found)]
        except IndexError:
            break
        if page.offset in offsets:
            raise ValueError("its directories form a cycle")
        offsets.add(page.offset)
        found.append(page)
        if len(found) > MOST_PAGES:
            raise ValueError(f"more than {MOST_PAGES:,} pages")
    if not found:
        raise ValueError("no page")
    return found


def _slide_page(pages: list[Any]) -> Any:
    """Choose the largest page; the others are thumbnails, labels and lower magnifications."""
    sizes = [page.imagelength * page.imagewidth for page in pages]
    largest = max(sizes)
    if sizes.count(largest) > 1:
        raise ValueError(
            f"{sizes.count(largest)} pages of the same size (channels, a stack?): save it as one RGB image"
        )
    page = pages[sizes.index(largest)]
    for other in pages:
        inner = other.subifds or ()
        if len(inner) > MOST_INNER_PAGES or other.offset in inner:
            raise ValueError("its directories form a cycle")
        if inner and any(sub.imagelength * sub.imagewidth > largest for sub in other.pages):
            raise ValueError("a page inside a page is larger than every other")
    return page


def _check_segments(page: Any, size: int) -> None:
    """Check that all segments are there, within the file and not too large, before anything is decoded."""
    if not page.imagelength or not page.imagewidth or page.imagedepth != 1 or (page.is_tiled and page.tiledepth != 1):
        raise ValueError(f"an image of {page.imagewidth} x {page.imagelength} pixels, {page.imagedepth} deep")
    if page.compression not in COMPRESSIONS:
        raise ValueError(f"compression {getattr(page.compression, 'name', page.compression)} is not supported")
    if page.dtype is None:
        raise ValueError(f"samples of {page.bitspersample} bits")
    if page.is_tiled:
        high, wide = page.tilelength, page.tilewidth
    else:
        high, wide = min(page.rowsperstrip, page.imagelength), page.imagewidth
    if not high or not wide:
        raise ValueError("segments without pixels")
    planes = page.samplesperpixel if page.planarconfig == SEPARATE else 1
    wanted = -(-page.imagelength // high) * -(-page.imagewidth // wide) * planes
    if not len(page.dataoffsets) == len(page.databytecounts) == wanted:
        raise ValueError(f"{len(page.dataoffsets):,} segments, where its size needs {wanted:,}")
    if page.compression == NONE and page.predictor != 1:
        raise ValueError("a predictor without compression")
    if any(offset < HEADER for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True) if count):
        raise ValueError("a segment inside the file's header")
    if not _is_plain(page) and high * wide * page.samplesperpixel * np.dtype(page.dtype).itemsize > MOST_SEGMENT_BYTES:
        raise ValueError(f"a segment of {wide} x {high} pixels is too large to be decoded")
    end = max(a + b for a, b in zip(page.dataoffsets, page.databytecounts, strict=True))
    if end > size:
        raise TruncatedError(f"{size:,} bytes, where its pages need {end:,}")


def _is_plain(page: Any) -> bool:
    """Return whether the samples are stored as in memory, so that the file can be mapped."""
    return bool(page.compression == NONE and not page.is_tiled and page.is_contiguous and page.fillorder == 1)


class TruncatedError(ValueError):
    """A file ends before its last segment."""


@contextmanager
def _errors_raised() -> Iterator[None]:
    """Raise ValueError for errors that tifffile only logs, in this thread."""
    messages: list[str] = []
    thread = threading.get_ident()

    class _Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread and record.levelno >= logging.ERROR:
                messages.append(record.getMessage())

    logger, handler = logging.getLogger("tifffile"), _Kept()
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
    if messages:
        raise ValueError(messages[0])
