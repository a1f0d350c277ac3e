"""The random affine maps of training images, on the device that trains instead of in the processes that read."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.blocks.augment import affine_maps
from kit.models import warp

from .config import DigitConfig


def augment(x: Any, y: Any, rng: np.random.Generator, config: DigitConfig) -> tuple[Any, Any]:
    """Transform images (N, 1, 28, 28) as :func:`.inputs.example` does; the labels stay."""
    limits = {"rotation": config.rotation, "zoom": config.zoom, "shear": config.shear}
    side = x.shape[-1]
    return warp(x, affine_maps(rng, len(x), side, **limits, shift=config.shift * side)), y
