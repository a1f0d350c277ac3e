"""The settings of the plugin, and the sizes of the volumes."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig

SIDE = 16
"""Side of a volume in voxels."""
DIGIT = 28
"""Side of a scan in pixels."""
CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class SolidConfig(TrainConfig):
    """The kit's settings, the width of the default network, and the limits of the random map of training volumes."""

    width: int = 16
    """Channels of the default network's first stage; the next ones have twice and four times as many."""
    rotation: float = 15.0
    """Largest rotation about each axis in degrees, either way, beside that of the data."""
    noise: float = 0.2
    """Largest displacement of a point along each axis in voxels."""
    stretch: float = 0.07
    """Standard deviation of the entries that are added to the identity matrix which the points are multiplied by."""
    shift: float = 0.1
    """Largest shift along each axis as a fraction of the side (`cnn2d`)."""
    zoom: float = 0.1
    """Largest change of scale as a fraction, either way (`cnn2d`)."""
