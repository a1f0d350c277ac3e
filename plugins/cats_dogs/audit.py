"""Faults that only this contest's data can have: gaps in the numbers of the test photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding
from kit.wording import missing_numbers

from .files import DOWNLOAD, photographs


def audit(folder: Path) -> Iterator[Finding]:
    """Find gaps in the numbers of the test photographs."""
    message = missing_numbers(photographs(folder, "test"))
    if message:
        yield Finding("warning", "missing photographs", "test", message, DOWNLOAD)
