"""The settings of the digit recognizer."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig


@dataclass(frozen=True, kw_only=True)
class DigitConfig(TrainConfig):
    """The kit's settings, and the limits of the random affine map of training images."""

    rotation: float = 10.0
    """Largest rotation in degrees, either way."""
    zoom: float = 0.1
    """Largest change of each side's length as a fraction of it, either way."""
    shift: float = 0.1
    """Largest shift along each axis as a fraction of the side."""
    shear: float = 0.1
    """Largest shear, as the tangent of its angle, either way."""
