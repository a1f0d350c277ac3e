"""The contest's files to samples. Nothing is decoded here: a broken slide or outline is named when it is read."""

from __future__ import annotations

from pathlib import Path

from kit import Part, Sample

from .label import Label
from .layout import survey


def read(folder: Path, part: Part) -> list[Sample]:
    """Read a part: ``x`` is the slide's path, ``y`` its :class:`Label`, the group its patient. Raises DataError."""
    found = survey(folder, part)
    return [
        Sample(slide.id, str(slide.slide), Label(slide.label) if part == "train" else None, slide.patient)
        for slide in found
    ]
