"""The settings of a training run on candidates."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig


@dataclass(frozen=True, kw_only=True)
class LungConfig(TrainConfig):
    """The kit's settings, the size of a candidate's cube, and which candidates an epoch shows."""

    cube: int = 32
    """Side of the cube in voxels; a multiple of 8, from 32 to 48."""
    resolution: float = 1.0
    """Side of the cube's voxels in mm."""
    width: int = 16
    """Channels of the first layer; the others are multiples of it."""
    dropout: float = 0.3
    """Dropout before the last layers."""
    repeats: int = 1
    """How often an epoch shows each nodule, each time with another augmentation and one of its candidates at random."""
    negatives: float = 5.0
    """Negative candidates shown for each nodule."""
    hard_fraction: float = 0.6
    """Fraction of a batch's negatives, the hardest ones, that count in the loss; 1: all of them."""
