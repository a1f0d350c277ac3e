"""Turn the contest's files into samples. Slides and labels are opened later, when they are used."""

from __future__ import annotations

from pathlib import Path

from kit import Part, Sample

from .annotations.label import Label
from .files import find_slides


def read(folder: Path, part: Part) -> list[Sample]:
    """Read a part: ``x`` is the slide's path, ``y`` its :class:`Label`, the group its patient. Raises DataError."""
    return [
        Sample(slide.id, str(slide.slide), Label(slide.label) if part == "train" else None, slide.group)
        for slide in find_slides(folder, part)
    ]
