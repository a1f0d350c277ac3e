"""Pictures that look alike without being identical: resized, compressed again or brightened copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kit.auditing.pictures import ExaminedSample

MOST_BITS = 6  # of 64 in which the perceptual hashes may differ
LEAST_CORRELATION = 0.97  # of the thumbnails' grey values
BLOCK = 1_000
ENOUGH = 50  # pictures from which on their mean shows what all have in common


@dataclass(frozen=True)
class SimilarPair:
    """Two samples whose pictures look alike: the bits in which their hashes differ, their thumbnails' correlation."""

    first: ExaminedSample
    second: ExaminedSample
    bits: int
    correlation: float

    @property
    def apart(self) -> bool:
        """Whether a split may separate them: they are in both parts, or not of one group."""
        one = self.first.sample.group is not None and self.first.sample.group == self.second.sample.group
        return self.first.part != self.second.part or not one


def near_duplicates(examined: Sequence[ExaminedSample]) -> list[SimilarPair]:
    """Pairs that look alike, the most alike first: those that a split may separate, then those of one group.

    The perceptual hash (the signs of a cosine transform's low frequencies, pHash) finds candidates; the correlation of
    thumbnails confirms them, since simple pictures have similar hashes by chance. It is that of what they do not have
    in common with all others. Identical thumbnails are included.
    """
    seen = [each for each in examined if each.hash is not None and each.thumbnail is not None]
    seen = [each for each in seen if each.thumbnail is not None and np.ptp(each.thumbnail) > 0]
    if len(seen) < 2:
        return []
    signs = np.stack([each.hash for each in seen if each.hash is not None]).astype(np.float32) * 2 - 1  # (N, 64)
    pixels = _standardized(np.stack([each.thumbnail.ravel() for each in seen if each.thumbnail is not None]))
    found = []
    for start in range(0, len(seen), BLOCK):
        differing = (signs.shape[1] - signs[start : start + BLOCK] @ signs.T) / 2
        for row, other in np.argwhere(differing <= MOST_BITS):
            position = start + int(row)
            if position < other:
                correlation = float(pixels[position] @ pixels[other])
                if correlation >= LEAST_CORRELATION:
                    bits = int(differing[row, other])
                    found.append(SimilarPair(seen[position], seen[int(other)], bits, correlation))
    return sorted(found, key=lambda pair: (not pair.apart, -pair.correlation))


def _standardized(pixels: np.ndarray) -> np.ndarray:
    """Thumbnails (N, 1024) with mean 0 and norm 1; of many, the mean picture is taken off first.

    Otherwise all pictures of a kind, such as a bright disc on black, would correlate.
    """
    pixels = pixels - pixels.mean(axis=1, keepdims=True)
    pixels /= np.linalg.norm(pixels, axis=1, keepdims=True)
    if len(pixels) >= ENOUGH:
        pixels = pixels - pixels.mean(axis=0, keepdims=True)
        pixels /= np.maximum(np.linalg.norm(pixels, axis=1, keepdims=True), 1e-6)
    return pixels
