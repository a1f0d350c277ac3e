"""The submission of text captchas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Sample

from ..decode import decode
from .grammar import CHARACTERS


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Return each image's number and its most probable text."""
    return zip((sample.id for sample in samples), decode(predictions, CHARACTERS), strict=True)


def truth(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Return each labelled sample's number and its text."""
    return ((sample.id, sample.y) for sample in samples)


def text_rule(cell: str) -> str | None:
    """Return what is wrong with a cell, or None."""
    return None if CHARACTERS.matches(cell) else "write four digits or capital letters"
