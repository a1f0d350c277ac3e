"""The settings of the plugin: the kit's and its own."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig

CLASSES = ("cat", "dog")  # label 0, label 1


@dataclass(frozen=True, kw_only=True)
class PhotographConfig(TrainConfig):
    """The kit's settings, the size of the input, and how photographs are varied in training."""

    image_size: int = 224
    """Side of the square input in pixels."""
    crop: float = 0.6
    """The smallest fraction of a photograph's area that a random crop keeps."""
    colour: float = 0.2
    """Brightness, contrast and saturation vary by up to this fraction."""
    trained_stages: int = 5
    """How many stages of a pretrained backbone are trained, counted from the end; the others stay frozen."""
    rate_decay: float = 0.7
    """The learning rate of each earlier stage, as a fraction of the next one's."""
    dropout: float = 0.2
    """Dropout before the last layer."""
    width: int = 32
    """Channels of the first layer of the network that is trained from scratch."""
