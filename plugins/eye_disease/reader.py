"""The contest's files to samples: the first letter of a training photograph's name is its label."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kit import DataError, Part, Sample
from kit.files import sha256

from .files import LETTERS, find_files

LABEL = {"P": 1, "H": 0, "N": 0}


def read(folder: Path, part: Part) -> list[Sample]:
    """Read the training part (P, H and N) or the test part (V), sorted by name.

    ``x`` is the photograph's path, decoded later. Photographs with identical bytes are one group, and so stay in one
    fold. No label table is read: training labels are in the names, the others are for scoring alone. Raises DataError
    for a folder without training photographs; a test part may be absent.
    """
    found = find_files(folder).of("PHN" if part == "train" else "V")
    if part == "train" and not found:
        raise DataError(
            "there is no training photograph",
            expected="P*.jpg (pathological myopia), H*.jpg (high myopia) and N*.jpg (normal)",
            found="V*.jpg only",
            where=folder,
            remedy="put PALM-Training400 beside PALM-Validation400",
        )
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(sha256, found.values()))
    return [_sample(path, digest) for path, digest in zip(found.values(), digests, strict=True)]


def _sample(path: Path, digest: str) -> Sample:
    letter = path.name[0]
    meta = {"letter": letter, "kind": LETTERS[letter], "sha256": digest}
    return Sample(path.name, str(path), LABEL.get(letter), digest, meta)


def stratum(sample: Sample) -> str:
    """The kind of photograph, so that every fold gets its share of the rare H."""
    return str(sample.meta["letter"])


def ids(folder: Path) -> list[str]:
    """The names that a submission must hold: every V photograph."""
    return list(find_files(folder).of("V"))
