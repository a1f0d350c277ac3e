"""What only this contest's data can have wrong: gaps in the numbers of the test photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding
from kit.wording import counted, listed

from .files import DOWNLOAD, photographs


def audit(folder: Path) -> Iterator[Finding]:
    """Find gaps in the numbers of the test photographs."""
    numbers = [int(name) for name in photographs(folder, "test")]
    missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers)) if numbers else []
    if missing:
        message = f"{counted(len(missing), 'number')} missing from {numbers[0]} to {numbers[-1]}: {listed(missing)}"
        yield Finding("warning", "missing-photographs", "test", message, DOWNLOAD)
