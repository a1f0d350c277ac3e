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
    """The kit's settings, the width of the default network, and how training volumes are varied."""

    width: int = 32
    """Channels of the first stage of `default` and of the second of `voxels`; the next ones have twice as many each."""
    rotation: float = 15.0
    """Largest rotation of an upright solid about x in degrees, either way."""
    noise: float = 0.2
    """Largest displacement of a voxel along each axis in voxels."""
    stretch: float = 0.07
    """Standard deviation of what is added to the entries of the identity matrix that the points are multiplied by."""
    shift: float = 0.1
    """Largest shift along each axis as a fraction of the side (`cnn2d`)."""
    zoom: float = 0.1
    """Largest change of scale as a fraction, either way (`cnn2d`)."""
