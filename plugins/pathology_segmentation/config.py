"""The settings of this task."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig


@dataclass(frozen=True, kw_only=True)
class SlideConfig(TrainConfig):
    """The kit's settings, and how slides are sampled and augmented."""

    magnification: float = 10.0
    """Magnification of the network's input: that of the slides divided by a whole number."""
    source_magnification: float = 20.0
    """Magnification at which the slides were scanned."""
    patch: int = 192
    """Side of a training patch in pixels of the network's input; a multiple of 16 (fcn: 32)."""
    patches: int = 12
    """Patches per slide and epoch."""
    window: int = 1024
    """Side of the area that one forward pass predicts, in pixels of the network's input; does not change the result."""
    stain: float = 0.2
    """Augmentation: the amount of each stain varies by up to this fraction."""
    blur: float = 0.8
    """Augmentation: largest standard deviation of the Gaussian blur, in pixels."""
    width: int = 16
    """Channels of the first layer of the U-Net."""
    rate_decay: float = 0.7
    """The learning rate of each earlier stage of the pretrained encoder, as a fraction of the next one's."""
    drop: float = 0.2
    """Dropout between encoder and decoder."""
