"""What only this contest's data can have wrong: other classes, gaps in the numbers, sample submissions that differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import DataError, Finding

from .files import DOWNLOAD, photographs

SAMPLE_NAMES = ("sample_submission.csv", "sampleSubmission.csv")


def audit(folder: Path) -> Iterator[Finding]:
    """Find gaps in the numbers of the test photographs and a sample submission of other ids."""
    names = list(photographs(folder, "test"))
    numbers = [int(name) for name in names]
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
        message = f"{len(missing):,} numbers are missing between {numbers[0]} and {numbers[-1]}, first {missing[0]}"
        yield Finding("warning", "missing-photographs", "test", message, DOWNLOAD)
    for name in SAMPLE_NAMES:
        if names and (folder / name).is_file():
            yield from _sample_submission(folder / name, set(names))


def _sample_submission(path: Path, names: set[str]) -> Iterator[Finding]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("the sample submission cannot be read", found=error, where=path) from None
    listed = {line.partition(",")[0].strip() for line in lines[1:] if line.strip()}
    if listed != names:
        message = f"lists {len(listed):,} ids, of which {len(listed - names):,} have no photograph in test/"
        yield Finding("warning", "sample-submission", path.name, message, "download both again")
