"""The contest's files to samples."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kit import DataError, Part, Sample, SampleError
from kit.wording import listed

from .files import DOWNLOAD, LABELS, images, labels
from .inputs import Unreadable, decode


def read(folder: Path, part: Part) -> list[Sample]:
    """Read one part: samples with ``x`` of shape (32, 32, 3), uint8 RGB, in the order of their numbers.

    An image that cannot be read is an :class:`Unreadable`: the audit names all of them, and ``--skip-bad`` works.
    Images with equal pixels form a group, so that no split separates them. Raises DataError where images and labels do
    not belong together; the test part may be absent.
    """
    found = images(folder, part)
    classes = labels(folder) if part == "train" else {}
    if part == "train":
        _match(list(found), classes, folder)
    with ThreadPoolExecutor() as pool:
        pixels = list(pool.map(_decoded, found.values()))
    digests = [
        "" if isinstance(image, Unreadable) else hashlib.blake2b(image.tobytes(), digest_size=12).hexdigest()
        for image in pixels
    ]
    times = Counter(digests)
    return [
        Sample(number, image, classes.get(number), digest if digest and times[digest] > 1 else None)
        for number, image, digest in zip(found, pixels, digests, strict=True)
    ]


def _decoded(path: Path) -> np.ndarray | Unreadable:
    try:
        return decode(path)
    except SampleError as error:
        return Unreadable(error)


def ids(folder: Path) -> list[str]:
    """Return the ids that a submission must answer: the numbers of the test images."""
    return list(images(folder, "test"))


def _match(numbers: list[str], classes: dict[str, int], folder: Path) -> None:
    bare = [number for number in numbers if number not in classes]
    missing = sorted(classes.keys() - set(numbers), key=int)
    if not numbers or bare or missing:
        odd = [f"no label for {listed(bare)}"] if bare else []
        odd += [f"no image for {listed(missing)}"] if missing else []
        raise DataError(
            f"the images of train/ and {LABELS} do not belong together",
            expected="one label for each image",
            found=f"{len(numbers):,} images, {len(classes):,} labels" + "".join(f"; {text}" for text in odd),
            where=folder,
            remedy=DOWNLOAD,
        )
