"""Run-length encoding as on Kaggle: pairs of start and length, pixels numbered from 1 down the columns."""

from __future__ import annotations

import re

import numpy as np

PAIRS = re.compile(r"[1-9][0-9]{0,17}(?: [1-9][0-9]{0,17})*", re.ASCII)
LAST = 200_000**2  # the largest pixel number that a slide can have
EIGHT_ONES, EIGHT_BITS = np.uint64(0x0101010101010101), np.uint64(8)


def encode(mask: np.ndarray) -> np.ndarray:
    """Encode a mask (H, W) as runs (R, 2) of 1-based start and length, int64, down the columns."""
    import cv2  # here, because `kit check` imports this module and needs no OpenCV

    mask = _as_bytes(mask)
    flat = mask.T.ravel() if mask.flags.f_contiguous else cv2.transpose(mask).ravel()  # column after column
    edges = _changes(flat)
    if flat.size and flat[0]:
        edges = np.concatenate([[0], edges])
    if len(edges) % 2:
        edges = np.append(edges, flat.size)
    runs = edges.reshape(-1, 2)
    return np.stack([runs[:, 0] + 1, runs[:, 1] - runs[:, 0]], axis=1)


def _as_bytes(mask: np.ndarray) -> np.ndarray:
    if not mask.flags.f_contiguous:
        mask = np.ascontiguousarray(mask)
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


def decode(runs: np.ndarray, height: int, width: int) -> np.ndarray:
    """Decode runs (R, 2) to a mask bool (H, W). Raises ValueError for a run outside the image."""
    starts = runs[:, 0] - 1
    ends = starts + runs[:, 1]
    if len(runs) and (starts[0] < 0 or ends[-1] > height * width):
        raise ValueError(f"a run leaves the image of {width} x {height} pixels")
    # Alternating lengths of zeros and ones: np.repeat is as fast as the memory.
    lengths = np.diff(np.concatenate([[0], np.stack([starts, ends], axis=1).ravel(), [height * width]]))
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return np.asarray(flat.reshape(width, height).T)


def to_text(runs: np.ndarray) -> str:
    """Format runs (R, 2) as ``start length start length``; no run is an empty text."""
    return " ".join(map(str, runs.ravel().tolist()))


def from_text(text: str) -> np.ndarray:
    """Parse runs (R, 2), int64, from a text. Raises ValueError with what is wrong with it; see :func:`fault`."""
    wrong = fault(text)
    if wrong:
        raise ValueError(wrong)
    return _numbers(text).reshape(-1, 2)


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=np.int64)


def fault(text: str) -> str | None:
    """Describe what is wrong with an encoding, None if nothing is.

    Wrong are: no integers, an odd count, runs of zero length, unsorted or overlapping runs, a run outside of any image.
    """
    if not text:
        return None
    if not PAIRS.fullmatch(text):
        return _fault_of_words(text)
    numbers = _numbers(text)
    if len(numbers) % 2:
        return f"give pairs of start and length: {len(numbers)} numbers are an odd count"
    starts, lengths = numbers[::2], numbers[1::2]
    back = np.flatnonzero(starts[1:] < starts[:-1])
    if len(back):
        pair = starts[back[0]], starts[back[0] + 1]
        return f"sort the runs by start: {pair[1]} comes after {pair[0]}"
    over = np.flatnonzero(starts[1:] < starts[:-1] + lengths[:-1])
    if len(over):
        at = over[0]
        return f"let no run overlap the next: {starts[at]} {lengths[at]} reaches into the run at {starts[at + 1]}"
    if starts[-1] + lengths[-1] - 1 > LAST:
        return f"keep runs in the image: {starts[-1]} {lengths[-1]} ends beyond any slide's last pixel"
    return None


def _fault_of_words(text: str) -> str:
    words = text.split(" ")
    for index, word in enumerate(words):
        if re.fullmatch(r"0+", word):
            return "keep runs in the image: pixels count from 1" if index % 2 == 0 else "leave out runs of zero length"
        if re.fullmatch(r"-[0-9]+", word):
            return f"keep runs in the image: {word[:20]} is negative"
        if not re.fullmatch(r"[1-9][0-9]{0,17}", word, re.ASCII):
            return f"write whole numbers divided by single spaces, not {word[:20]!r}"
    return "write whole numbers divided by single spaces"


def area(runs: np.ndarray) -> int:
    """Count the pixels that the runs cover."""
    return int(runs[:, 1].sum())


def intersection(first: np.ndarray, second: np.ndarray) -> int:
    """Count the pixels that two encodings have in common, from the runs alone."""
    if not len(first) or not len(second):
        return 0
    return int((_covered(second, first[:, 0] + first[:, 1]) - _covered(second, first[:, 0])).sum())


def _covered(runs: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Count the pixels of sorted runs before each given pixel."""
    before = np.concatenate([[0], np.cumsum(runs[:, 1])])
    index = np.searchsorted(runs[:, 0], pixels, side="right")
    last = np.maximum(index - 1, 0)
    inside = np.clip(pixels - runs[last, 0], 0, runs[last, 1])
    return np.asarray(np.where(index > 0, before[last] + inside, 0))
