"""The contest's files to samples: the name of a training photograph is its label."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kit import DataError, Part, Sample
from kit.files import sha256

from .config import CLASSES
from .files import DOWNLOAD, photographs

LABELS = {name: label for label, name in enumerate(CLASSES)}


def read(folder: Path, part: Part) -> list[Sample]:
    """Read the training part (cats, then dogs) or the test part, each in the order of the photographs' numbers.

    ``x`` is the path of the photograph, which is decoded later. Photographs with identical bytes form a group, so that
    no split separates them. Raises DataError for a folder without photographs of both classes; the test part may be
    absent.
    """
    found = photographs(folder, part)
    if part == "train" and {name.partition(".")[0] for name in found} != set(LABELS):
        raise DataError(
            "the training part must hold cats and dogs",
            expected="train/cat.N.jpg and train/dog.N.jpg",
            found=f"{len(found):,} photographs",
            where=folder,
            remedy=DOWNLOAD,
        )
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(_digest, found.values()))
    return [
        Sample(name, str(path), LABELS[name.partition(".")[0]] if part == "train" else None, digest)
        for (name, path), digest in zip(found.items(), digests, strict=True)
    ]


def _digest(path: Path) -> str | None:
    """The hash of a photograph's bytes; None where they cannot be read, which is an error where the sample is used."""
    try:
        return sha256(path)
    except OSError:
        return None


def ids(folder: Path) -> list[str]:
    """Return the ids that a submission must answer: the numbers of the test photographs."""
    return list(photographs(folder, "test"))
