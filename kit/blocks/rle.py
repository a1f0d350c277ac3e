"""Run-length encoding: masks as pairs of start and length, by default as on Kaggle: from 1, down the columns."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from kit.errors import DataError

Order = Literal["columns", "rows"]


def encode(mask: np.ndarray, *, order: Order = "columns", start: int = 1) -> str:
    """Encode a mask (H, W), anything above 0 inside, as ``start length start length``; an empty one is empty text.

    ``start`` is the number of the first pixel.

    >>> encode(np.array([[0, 1], [1, 1]])), encode(np.array([[0, 1], [1, 1]]), order="rows")
    ('2 3', '2 3')
    """
    if mask.ndim != 2:
        raise ValueError(f"a mask has the shape (H, W), not {mask.shape}")
    flat = np.concatenate([[False], mask.ravel(order="F" if order == "columns" else "C") > 0, [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1]).reshape(-1, 2)
    runs = np.stack([edges[:, 0] + start, edges[:, 1] - edges[:, 0]], axis=1)
    return " ".join(map(str, runs.ravel().tolist()))


def decode(
    text: str, shape: tuple[int, int], *, order: Order = "columns", start: int = 1, where: object = None
) -> np.ndarray:
    """Decode runs to a mask, bool (H, W); an empty text is an empty mask.

    Runs may come in any order. Raises DataError, with ``where``, for anything but whole numbers in pairs, for a run of
    no pixels, for one that leaves the image and for two that overlap.

    >>> decode("2 3", (2, 2)).astype(int).tolist()
    [[0, 1], [1, 1]]
    """
    pixels = shape[0] * shape[1]
    first, last = _ends(text, start, pixels, where)
    ends = np.zeros(pixels + 1, np.int8)
    np.add.at(ends, first, 1)
    np.add.at(ends, last, -1)
    flat = np.cumsum(ends[:-1], dtype=np.int8).astype(bool)
    return np.asarray(flat.reshape(shape, order="F" if order == "columns" else "C"))


def check(text: str, *, start: int = 1, where: object = None) -> None:
    """Raise DataError, as :func:`decode` does, for what is no mask of an image of any size."""
    _ends(text, start, None, where)


def areas(first: str, second: str) -> tuple[int, int, int]:
    """Count the pixels of two masks of one image, and those of both; pairs as :func:`check` wants them.

    >>> areas("2 3", "4 2")
    (3, 2, 1)
    """
    inner, outer = _pixels(first), _pixels(second)
    return len(inner), len(outer), len(np.intersect1d(inner, outer, assume_unique=True))


def _pixels(text: str) -> np.ndarray:
    """The numbers of a mask's pixels, int64."""
    parts = [np.arange(start, start + length) for start, length in _pairs(text, None)]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def _ends(text: str, start: int, pixels: int | None, where: object) -> tuple[np.ndarray, np.ndarray]:
    """The first pixel of each run and the one behind its last, from 0, in ascending order."""
    runs = _pairs(text, where)
    first, last = runs[:, 0] - start, runs[:, 0] - start + runs[:, 1]
    wrong = np.flatnonzero((first < 0) | (last > (np.inf if pixels is None else pixels)))
    if len(wrong):
        expected = f"pixels from {start}" if pixels is None else f"pixels {start} to {pixels + start - 1}"
        raise DataError("a run leaves the image", expected=expected, found=_run(runs[wrong[0]]), where=where)
    overlaps = np.flatnonzero(first[1:] < last[:-1])
    if len(overlaps):
        found = f"{_run(runs[overlaps[0]])} and {_run(runs[overlaps[0] + 1])}"
        raise DataError("two runs overlap", found=found, where=where)
    return first, last


def _pairs(text: str, where: object) -> np.ndarray:
    """Runs (R, 2), int64, sorted by start."""
    words = text.split()
    wrong = [word for word in words if not re.fullmatch(r"[0-9]{1,18}", word, re.ASCII)]
    if wrong:
        raise DataError("a mask is not made of whole numbers", found=wrong[0][:40], where=where)
    if len(words) % 2:
        raise DataError("a mask is not made of pairs of start and length", found=f"{len(words)} numbers", where=where)
    runs = np.array(words, np.int64).reshape(-1, 2)
    if (runs[:, 1] == 0).any():
        raise DataError("a run has no pixels", found=_run(runs[runs[:, 1] == 0][0]), where=where)
    return np.asarray(runs[np.argsort(runs[:, 0], kind="stable")])


def _run(run: np.ndarray) -> str:
    return f"{run[0]} {run[1]}"
