"""Round 1's figures for the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kit import Evidence, Figure, Sample

from ..figures import captcha_figures
from ..image import read_captcha
from ..synthetic.drawing import ROUND_1
from .grammar import EXPRESSIONS


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the accuracy by position, the confused characters, and mistakes."""
    return captcha_figures(evidence, EXPRESSIONS)


def picture(sample: Sample) -> np.ndarray:
    """Return the captcha as it was given, uint8 (60, 180, 3)."""
    return read_captcha(sample.x, ROUND_1.width, ROUND_1.height)
