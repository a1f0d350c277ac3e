"""The task's own audit: blank, inverted and scaled pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kit import Finding, Sample
from kit.wording import listed

from .reader import read

REMEDY = "look at these rows; Kaggle's own files have none"


def audit(folder: Path) -> Iterator[Finding]:
    """Find blank pictures, pictures with ink and paper swapped, and scaled pixels."""
    for part in ("train", "test"):
        samples = read(folder, part)
        pictures = np.stack([sample.x for sample in samples])  # (N, 28, 28)
        # On Kaggle 0 is paper. Scans with swapped values have light borders and are never recognised.
        border = np.concatenate([pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]], axis=1)
        blank = pictures.min(axis=(1, 2)) == pictures.max(axis=(1, 2))
        swapped = ~blank & (np.median(border, axis=1) > 127)
        yield from _rows(part, samples, blank, "blank", "show nothing: all pixels are equal")
        if int(pictures.max()) <= 1 and not blank.all():
            message = "all pixels are 0 or 1: were they scaled or binarised? Kaggle's reach 255"
            yield Finding("warning", "scaled pictures", f"{part}.csv", message, "download the file again")
        yield from _rows(part, samples, swapped, "swapped", "have dark paper: 0 should be paper and 255 ink")


def _rows(part: str, samples: Sequence[Sample], found: np.ndarray, kind: str, what: str) -> Iterator[Finding]:
    rows = [samples[at].id for at in np.flatnonzero(found).tolist()]
    if rows:
        yield Finding("warning", f"{kind}-pictures", f"{part}.csv", f"rows {listed(rows)} {what}", REMEDY)
