"""The contest's npz file to samples; its own validation part is held out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit import Part, Sample

from .files import images, keys, labels, locate, row_count


def read(folder: Path, part: Part) -> list[Sample]:
    """Read one part: samples with ``x`` of shape (40, 40), float32 from 0 to 1.

    Training samples are the rows of ``X_train`` and then those of ``X_valid``, numbered on from 1; the latter have
    ``meta["split"] == "valid"``. Test samples are the rows of ``X_test``; the part is empty where the file has none.
    ``y_test`` is never read here. Equal images share a group.
    """
    path = locate(folder)
    if part == "test":
        pixels = images(path, "test") if "X_test" in keys(path) else np.zeros((0, 0, 0))
        return [Sample(str(row), image) for row, image in enumerate(pixels, 1)]
    parts = {name: images(path, name) for name in ("train", "valid")}
    classes = [label for name, pixels in parts.items() for label in labels(path, name, len(pixels))]
    pixels = np.concatenate(list(parts.values()))
    first_valid, groups = len(parts["train"]), _groups(pixels)
    return [
        Sample(str(row + 1), image, label, group, {"split": "valid"} if row >= first_valid else {})
        for row, (image, label, group) in enumerate(zip(pixels, classes, groups, strict=True))
    ]


def ids(folder: Path) -> list[str]:
    """Return the ids that a submission must answer: the rows of ``X_test``, counted from 1."""
    path = locate(folder)
    return [str(row) for row in range(1, row_count(path, "X_test") + 1)] if "X_test" in keys(path) else []


def _groups(pixels: Sequence[np.ndarray] | np.ndarray) -> list[str | None]:
    digests = [hashlib.blake2b(image.tobytes(), digest_size=12).hexdigest() for image in pixels]
    times = Counter(digests)
    return [digest if times[digest] > 1 else None for digest in digests]
