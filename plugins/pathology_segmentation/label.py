"""Where the cancer is on a slide: outlines or a mask on disk, read when a patch needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from kit import SampleError

from .grid import shrunk
from .polygon import Shape, rasterise
from .slide import Slide, open_slide, read_picture
from .svg import read_svg

HALF = 128
COARSE = 16  # source pixels of a cell of the map that patches are drawn from


@dataclass(frozen=True)
class Label:
    """The file that says where the cancer is; None: there is no cancer on this slide."""

    path: Path | None


def region_mask(label: Label, slide: Slide, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """The truth over a region inside the slide: bool (bottom - top, right - left). Raises SampleError."""
    if label.path is None:
        return np.zeros((bottom - top, right - left), bool)
    changed = _changed(label.path)
    if label.path.suffix.lower() == ".svg":
        return rasterise(_outlines(label.path, changed, slide.height, slide.width), top, bottom, left, right)
    return _packed(label.path, changed, slide)[top:bottom, left:right] > 0


def whole_mask(label: Label, slide: Slide) -> np.ndarray:
    """The truth over the whole slide: bool (H, W)."""
    return region_mask(label, slide, 0, slide.height, 0, slide.width)


def reduced_mask(label: Label, slide: Slide, factor: int) -> np.ndarray:
    """The truth on the slide reduced by ``factor``: a cell is cancer where at least half of it is. bool (h, w)."""
    mask = whole_mask(label, slide).astype(np.uint8) * 255
    return shrunk(mask, factor) >= HALF


@lru_cache(maxsize=2048)
def cancer_cells(label: Label, path: str, changed: int) -> np.ndarray:
    """Cells of 16 x 16 source pixels that are mostly cancer: their rows and columns, int32 (M, 2)."""
    slide = open_slide(path)
    cells = np.argwhere(reduced_mask(label, slide, COARSE)).astype(np.int32)
    return cells


def cancer_centres(label: Label, path: str) -> np.ndarray:
    """Places (row, column) of source pixels in the middle of cancer, int32 (M, 2), empty where there is none."""
    changed = 0 if label.path is None else _changed(label.path)
    return cancer_cells(label, path, changed) * COARSE + COARSE // 2


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise SampleError("a label cannot be read", found=error, where=path) from None


@lru_cache(maxsize=256)
def _outlines(path: Path, changed: int, height: int, width: int) -> tuple[Shape, ...]:
    return read_svg(path, height, width)


@lru_cache(maxsize=8)
def _packed(path: Path, changed: int, slide: Slide) -> np.ndarray:
    """A mask picture as uint8 (H, W), 1 where it is cancer: at least half bright in any colour."""
    own = open_slide(path)
    if (own.height, own.width) != (slide.height, slide.width):
        raise SampleError(
            "a mask is of another size than its slide",
            expected=f"{slide.width} x {slide.height}",
            found=f"{own.width} x {own.height}",
            where=path,
            remedy="is this the mask of another slide?",
        )
    pixels = read_picture(path) if own.page is None else own.read(0, own.height, 0, own.width)
    bright = cv2.max(cv2.max(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    # Masks of 0 and 1 are common; at half of 255 they would all be empty.
    return (bright > 0 if bright.max() <= 1 else bright >= HALF).astype(np.uint8)


def prediction_truth(label: Label, path: str, shape: tuple[int, int]) -> np.ndarray:
    """The truth on the grid of a prediction of this shape: bool (h, w)."""
    slide = open_slide(path)
    factor = round(max(slide.height / shape[0], slide.width / shape[1]))
    truth = reduced_mask(label, slide, max(1, factor))
    if truth.shape != shape:
        size = (shape[1], shape[0])
        truth = cv2.resize(truth.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) >= HALF
    return np.asarray(truth)
