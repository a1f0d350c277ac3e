"""The settings of the eye disease task."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig


@dataclass(frozen=True, kw_only=True)
class EyeConfig(TrainConfig):
    """The kit's settings, the size of the networks' input, and the augmentation of photographs in training."""

    image_size: int = 128
    """Side of the input in pixels; the course's models take 224."""
    illumination: float = 0.0
    """How strongly uneven illumination is corrected: 0 not at all, 1 fully."""
    rotation: float = 20.0
    """Largest rotation in degrees, either way."""
    zoom: float = 0.15
    """Largest change of scale as a fraction, either way."""
    shift: float = 0.05
    """Largest shift as a fraction of the side."""
    colour: float = 0.2
    """Largest relative change of exposure, white balance, gamma and contrast."""
    width: int = 16
    """Channels of the default network's first layer."""
    trained_stages: int = 3
    """How many stages of the pretrained network ``transfer`` trains, counted from the end."""
    rate_decay: float = 0.7
    """The learning rate of each earlier stage of ``transfer``, as a fraction of the next one's."""
    drop: float = 0.2
    """Dropout before the default network's last layer."""
