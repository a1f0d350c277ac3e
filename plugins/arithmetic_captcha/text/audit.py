"""The audit of text captchas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding

from ..audit import image_kinds
from .reader import NAMES


def audit(folder: Path) -> Iterator[Finding]:
    """Find images with a palette or with transparency."""
    return image_kinds(Path(folder), NAMES)
