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
    runs = _pairs(text, where)
    first, last = runs[:, 0] - start, runs[:, 0] - start + runs[:, 1]
    pixels = shape[0] * shape[1]
    wrong = np.flatnonzero((first < 0) | (last > pixels))
    if len(wrong):
        expected = f"pixels {start} to {pixels + start - 1}"
        raise DataError("a run leaves the image", expected=expected, found=_run(runs[wrong[0]]), where=where)
    overlaps = np.flatnonzero(first[1:] < last[:-1])
    if len(overlaps):
        found = f"{_run(runs[overlaps[0]])} and {_run(runs[overlaps[0] + 1])}"
        raise DataError("two runs overlap", found=found, where=where)
    ends = np.zeros(pixels + 1, np.int8)
    np.add.at(ends, first, 1)
    np.add.at(ends, last, -1)
    flat = np.cumsum(ends[:-1], dtype=np.int8).astype(bool)
    return np.asarray(flat.reshape(shape, order="F" if order == "columns" else "C"))


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
