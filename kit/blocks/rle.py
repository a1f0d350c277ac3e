"""Run-length encoding: masks as pairs of start and length, by default as on Kaggle: from 1, down the columns."""

from __future__ import annotations

import re

import numpy as np

from kit.blocks.runs import Order, area, draw_runs, find_runs, intersection, to_text
from kit.errors import DataError


def encode(mask: np.ndarray, *, order: Order = "columns", start: int = 1) -> str:
    """Encode a mask (H, W), anything above 0 inside, as ``start length start length``; an empty one is empty text.

    ``start`` is the number of the first pixel.

    >>> encode(np.array([[0, 1], [1, 1]])), encode(np.array([[0, 1], [1, 1]]), order="rows")
    ('2 3', '2 3')
    """
    return to_text(find_runs(mask, order=order, start=start))


def decode(
    text: str, shape: tuple[int, int], *, order: Order = "columns", start: int = 1, where: object = None
) -> np.ndarray:
    """Decode runs to a mask, bool (H, W); an empty text is an empty mask.

    Runs may come in any order. Raises DataError, with ``where``, for anything but whole numbers in pairs, for a run of
    no pixels, for one that leaves the image and for two that overlap.

    >>> decode("2 3", (2, 2)).astype(int).tolist()
    [[0, 1], [1, 1]]
    """
    return draw_runs(_checked(text, start, shape[0] * shape[1], where), shape, order=order, start=start)


def check(text: str, *, start: int = 1, where: object = None) -> None:
    """Raise DataError, as :func:`decode` does, for what is no mask of an image of any size."""
    _checked(text, start, None, where)


def areas(first: str, second: str) -> tuple[int, int, int]:
    """Count the pixels of two masks of one image, and those of both; pairs as :func:`check` wants them.

    >>> areas("2 3", "4 2")
    (3, 2, 1)
    """
    runs = [_joined(_pairs(text, None)) for text in (first, second)]
    return area(runs[0]), area(runs[1]), intersection(*runs)


def _joined(runs: np.ndarray) -> np.ndarray:
    """Sorted runs with those that overlap made one."""
    if not len(runs):
        return runs
    reach = np.maximum.accumulate(runs.sum(axis=1))
    apart = np.flatnonzero(np.concatenate([[True], runs[1:, 0] > reach[:-1]]))
    first, last = runs[apart, 0], reach[np.append(apart[1:], len(runs)) - 1]
    return np.stack([first, last - first], axis=1)


def _checked(text: str, start: int, pixels: int | None, where: object) -> np.ndarray:
    """The runs of a mask, ascending, none beyond the image's pixels."""
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
    return runs


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
