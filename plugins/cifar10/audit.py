"""Faults that only this contest's data can have: classes that are missing, gaps in the numbers of the test images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kit import Finding
from kit.wording import missing_numbers

from .config import CLASSES
from .files import DOWNLOAD, LABELS, images, labels


def audit(folder: Path) -> Iterator[Finding]:
    """Find classes without a training image, of which the contest has 5,000 of each, and gaps in the test part."""
    message = missing_numbers(images(folder, "test"))
    if message:
        yield Finding("warning", "missing images", "test", message, DOWNLOAD)
    counts = Counter(labels(folder).values())
    missing = [name for number, name in enumerate(CLASSES) if not counts[number]]
    if missing:
        message = f"no training image shows: {', '.join(missing)}"
        yield Finding("warning", "missing classes", LABELS, message, "a model cannot predict a class that it never saw")
