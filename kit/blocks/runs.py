"""Masks as arrays of runs (R, 2) of start and length, int64, ascending: found, drawn and compared without a text.

By default pixels are numbered from 1 down the columns, as on Kaggle. Made for slides of a billion pixels.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Order = Literal["columns", "rows"]
EIGHT_ONES, EIGHT_BITS = np.uint64(0x0101010101010101), np.uint64(8)


def find_runs(mask: np.ndarray, *, order: Order = "columns", start: int = 1) -> np.ndarray:
    """Find the runs of a mask (H, W), anything above 0 inside; ``start`` is the number of its first pixel."""
    if mask.ndim != 2:
        raise ValueError(f"a mask has the shape (H, W), not {mask.shape}")
    flat = _flat(mask, order)
    edges = _changes(flat)
    if flat.size and flat[0]:
        edges = np.concatenate([[0], edges])
    if len(edges) % 2:
        edges = np.append(edges, flat.size)
    runs = edges.reshape(-1, 2)
    return np.stack([runs[:, 0] + start, runs[:, 1] - runs[:, 0]], axis=1)


def draw_runs(runs: np.ndarray, shape: tuple[int, int], *, order: Order = "columns", start: int = 1) -> np.ndarray:
    """Draw runs that do not overlap as a mask, bool (H, W). Raises ValueError for a run outside the image."""
    height, width = shape
    starts = runs[:, 0] - start
    ends = starts + runs[:, 1]
    if len(runs) and (starts[0] < 0 or ends[-1] > height * width):
        raise ValueError(f"a run leaves the image of {width} x {height} pixels")
    # Alternating lengths of zeros and ones: np.repeat is as fast as the memory.
    lengths = np.diff(np.concatenate([[0], np.stack([starts, ends], axis=1).ravel(), [height * width]]))
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return np.asarray(flat.reshape(width, height).T if order == "columns" else flat.reshape(height, width))


def to_text(runs: np.ndarray) -> str:
    """Format runs as ``start length start length``; no run is an empty text."""
    return " ".join(map(str, runs.ravel().tolist()))


def area(runs: np.ndarray) -> int:
    """Count the pixels of runs that do not overlap."""
    return int(runs[:, 1].sum())


def intersection(first: np.ndarray, second: np.ndarray) -> int:
    """Count the pixels that two masks have in common, from the runs alone."""
    if not len(first) or not len(second):
        return 0
    return int((_covered(second, first[:, 0] + first[:, 1]) - _covered(second, first[:, 0])).sum())


def _flat(mask: np.ndarray, order: Order) -> np.ndarray:
    """The pixels in the order of their numbers, uint8 of 0 and 1."""
    import cv2  # here, because `kit check` imports this module and needs no OpenCV

    if order == "rows":
        return _as_bytes(np.ascontiguousarray(mask)).ravel()
    if mask.flags.f_contiguous:
        return _as_bytes(mask).T.ravel()
    return np.asarray(cv2.transpose(_as_bytes(np.ascontiguousarray(mask)))).ravel()  # column after column


def _as_bytes(mask: np.ndarray) -> np.ndarray:
    return mask.view(np.uint8) if mask.dtype == bool else (mask > 0).view(np.uint8)


def _changes(flat: np.ndarray) -> np.ndarray:
    """Find the indices at which a byte, 0 or 1, differs from the one before it.

    Changes are rare, so the bytes are compared as words of eight. A word can contain a change only if its bytes are
    not all equal (``mixed``) or if it differs from the word before. In these few words, XOR with the word shifted by
    one byte (the byte before it shifted in) leaves a nonzero byte at each change.
    """
    if not flat.size:
        return np.empty(0, np.int64)
    if flat.size % 8:
        flat = np.concatenate([flat, np.repeat(flat[-1:], -flat.size % 8)])
    words = flat.view("<u8")
    mixed = (words != 0) & (words != EIGHT_ONES)
    mixed[1:] |= words[1:] != words[:-1]
    blocks = np.flatnonzero(mixed)
    chosen = words[blocks]
    before = flat[np.maximum(8 * blocks - 1, 0)].astype("<u8")  # the first pixel is compared with itself
    changed = np.flatnonzero((chosen ^ ((chosen << EIGHT_BITS) | before)).astype("<u8", copy=False).view(bool))
    return np.asarray(8 * blocks[changed >> 3] + (changed & 7))


def _covered(runs: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Count the pixels of sorted runs before each given pixel."""
    before = np.concatenate([[0], np.cumsum(runs[:, 1])])
    index = np.searchsorted(runs[:, 0], pixels, side="right")
    last = np.maximum(index - 1, 0)
    inside = np.clip(pixels - runs[last, 0], 0, runs[last, 1])
    return np.asarray(np.where(index > 0, before[last] + inside, 0))
