"""The settings of the plugin, and the names of the classes."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The class names in the order of the class numbers 0 to 9."""

SIDE = 32


@dataclass(frozen=True, kw_only=True)
class CifarConfig(TrainConfig):
    """The kit's settings, the size of the networks, and how images are varied in training."""

    shift: int = 2
    """Images are moved by up to this many pixels along each axis."""
    cutout: int = 0
    """Side of a square that is erased from each training image, in pixels; 0: none."""
    width: int = 64
    """Channels of the first block; the next two have four times as many."""
    image_size: int = SIDE
    """Side of the input in pixels; pretrained networks take larger ones."""
    trained_stages: int = 5
    """How many stages of a pretrained backbone are trained, counted from the end; the others stay frozen."""
    rate_decay: float = 0.7
    """The learning rate of each earlier stage of a backbone, as a fraction of the next one's."""
    dropout: float = 0.2
    """Dropout before the last layer of ``transfer``."""
