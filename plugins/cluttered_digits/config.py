"""The settings of the plugin, and the sizes of the images."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig

SIDE = 40
"""Side of an image in pixels."""
DIGIT = 28
"""Side of a digit in pixels."""
CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class ClutterConfig(TrainConfig):
    """The kit's settings, the width of the default network, and the limits of the random map of training images."""

    width: int = 24
    """Channels of the default network's first stage; the next ones have twice and four times as many."""
    rotation: float = 10.0
    """Largest rotation in degrees, either way."""
    zoom: float = 0.1
    """Largest change of each side's length as a fraction of it, either way."""
    shift: float = 2.0
    """Largest shift along each axis in pixels."""
    shear: float = 0.1
    """Largest shear, as the tangent of its angle, either way."""
