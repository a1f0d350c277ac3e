"""What only this contest's data can have wrong: classes that are missing or rare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kit import Finding

from .config import CLASSES
from .files import LABELS, labels


def audit(folder: Path) -> Iterator[Finding]:
    """Find classes without a training image. The contest has 5,000 of each."""
    counts = Counter(labels(folder).values())
    missing = [name for number, name in enumerate(CLASSES) if not counts[number]]
    if missing:
        message = f"no training image shows: {', '.join(missing)}"
        yield Finding("warning", "missing-classes", LABELS, message, "a model cannot predict a class that it never saw")
