"""The mask of cancer on a slide, from outlines or a mask image on disk, read when a patch needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from kit import SampleError

from ..polygon import Shape, rasterise
from ..slide import Slide, open_slide
from ..slide.downsample import downsample
from .mask_image import read_mask
from .outlines import read_outlines

OUTLINES = (".svg", ".json", ".geojson", ".xml")
HALF = 128
BAND = 2048  # rows of a mask that are read at once
COARSE = 16  # side of the cells, in pixels of the slide, of the map from which patches are drawn


@dataclass(frozen=True)
class Label:
    """The file that marks the cancer on a slide; None: the slide has no cancer."""

    path: Path | None


def region_mask(label: Label, slide: Slide, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Read the mask of a region inside the slide: bool (bottom - top, right - left). Raises SampleError."""
    if label.path is None:
        return np.zeros((bottom - top, right - left), bool)
    changed = _changed(label.path)
    if label.path.suffix.lower() in OUTLINES:
        return rasterise(_outlines(label.path, changed, slide.height, slide.width), top, bottom, left, right)
    return _mask_image(label.path, changed, slide.height, slide.width)[top:bottom, left:right]


def whole_mask(label: Label, slide: Slide) -> np.ndarray:
    """Read the mask of the whole slide: bool (H, W)."""
    return region_mask(label, slide, 0, slide.height, 0, slide.width)


def downsampled_mask(label: Label, slide: Slide, factor: int) -> np.ndarray:
    """Read the mask downsampled by ``factor``; a cell is cancer if at least half of it is. bool (h, w)."""
    rows = factor * max(1, BAND // factor)
    return np.concatenate(
        [downsample(mask.astype(np.uint8) * 255, factor) >= HALF for mask in _bands(label, slide, rows)]
    )


def cancer_fraction(label: Label, slide: Slide) -> float:
    """Compute which fraction of a slide is cancer."""
    return sum(int(mask.sum()) for mask in _bands(label, slide, BAND)) / (slide.height * slide.width)


def is_framed(label: Label, slide: Slide) -> bool:
    """Return whether all pixels at the edges of a slide are cancer."""
    bottom, right = slide.height, slide.width
    edges = ((0, 1, 0, right), (bottom - 1, bottom, 0, right), (0, bottom, 0, 1), (0, bottom, right - 1, right))
    return all(bool(region_mask(label, slide, *edge).all()) for edge in edges)


def _bands(label: Label, slide: Slide, rows: int) -> Iterator[np.ndarray]:
    """Yield the mask by bands of rows, so that the mask of a large slide is never in memory."""
    for top in range(0, slide.height, rows):
        yield region_mask(label, slide, top, min(top + rows, slide.height), 0, slide.width)


def mask_on_grid(label: Label, path: str, shape: tuple[int, int]) -> np.ndarray:
    """Read the mask on the grid of a prediction of this shape: bool (h, w)."""
    slide = open_slide(path)
    factor = round(max(slide.height / shape[0], slide.width / shape[1]))
    mask = downsampled_mask(label, slide, max(1, factor))
    if mask.shape != shape:
        size = (shape[1], shape[0])
        mask = np.asarray(cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) >= HALF)
    return mask


def cancer_centres(label: Label, path: str) -> np.ndarray:
    """List pixels (row, column) of the slide inside cancer, one per 16 x 16 pixels: int32 (M, 2), M may be 0."""
    changed = 0 if label.path is None else _changed(label.path)
    return _cancer_cells(label, path, changed) * COARSE + COARSE // 2


@lru_cache(maxsize=2048)
def _cancer_cells(label: Label, path: str, changed: int) -> np.ndarray:
    """List the cells of 16 x 16 pixels that are mostly cancer: their rows and columns, int32 (M, 2)."""
    return np.argwhere(downsampled_mask(label, open_slide(path), COARSE)).astype(np.int32)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise SampleError("a label cannot be read", found=error, where=path) from None


@lru_cache(maxsize=256)
def _outlines(path: Path, changed: int, height: int, width: int) -> tuple[Shape, ...]:
    return read_outlines(path, height, width)


@lru_cache(maxsize=8)
def _mask_image(path: Path, changed: int, height: int, width: int) -> np.ndarray:
    return read_mask(path, height, width)
