"""The contest's files to samples: the first letter of a training photograph's name is its label."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from kit import DataError, Part, Sample
from kit.console import warn
from kit.files import sha256
from kit.wording import counted, listed

from .files import LETTERS, ContestFiles, describe_unused, find_files

LABEL = {"P": 1, "H": 0, "N": 0}


def read(folder: Path, part: Part) -> list[Sample]:
    """Read the training part (P, H and N) or the test part (V), sorted by name.

    ``x`` is the photograph's path, decoded later. Photographs with identical bytes are one group, and so stay in one
    fold. No label table is read: training labels are in the names, the others are for scoring alone. Raises DataError
    for a folder without training photographs; a test part may be absent.
    """
    files = find_files(folder)
    found = files.of("PHN" if part == "train" else "V")
    if part == "train" and not found:
        raise DataError(
            "there is no training photograph",
            expected="P*.jpg (pathological myopia), H*.jpg (high myopia) and N*.jpg (normal)",
            found="V*.jpg only",
            where=folder,
            remedy="put PALM-Training400 beside PALM-Validation400",
        )
    if part == "train":
        _warn_of_unused(files)
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(sha256, found.values()))
    return [_sample(name, path, digest) for (name, path), digest in zip(found.items(), digests, strict=True)]


def _warn_of_unused(files: ContestFiles) -> None:
    for reason, names in describe_unused(files):
        _warn_once(f"{counted(len(names), 'image')} not read: {reason}: {listed(names)}")


@cache
def _warn_once(message: str) -> None:
    warn(message)


def _sample(name: str, path: Path, digest: str) -> Sample:
    letter = name[0]
    meta = {"letter": letter, "kind": LETTERS[letter], "sha256": digest}
    return Sample(name, str(path), LABEL.get(letter), digest, meta)


def stratum(sample: Sample) -> str:
    """Return the kind of photograph, so that the rare H are spread evenly over the folds."""
    return str(sample.meta["letter"])


def ids(folder: Path) -> list[str]:
    """Return the names that a submission must have: every V photograph."""
    return list(find_files(folder).of("V"))
