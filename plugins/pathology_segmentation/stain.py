"""Stain jitter: a laboratory's haematoxylin and eosin vary in strength, so training varies them, in optical density."""

from __future__ import annotations

import numpy as np

# Optical densities (red, green, blue) of haematoxylin, eosin and what is left, as rows:
# Ruifrok and Johnston, Quantification of histochemical staining by color deconvolution, 2001.
STAINS = np.array([[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]], np.float32)
APART = np.linalg.inv(STAINS).astype(np.float32)
DENSITY = -np.log((np.arange(256, dtype=np.float32) + 1) / 256)


def separate(pixels: np.ndarray) -> np.ndarray:
    """Turn uint8 RGB (..., 3) into amounts of haematoxylin, eosin and the rest, float32 (..., 3)."""
    return np.asarray(DENSITY[pixels] @ APART)


def jitter(pixels: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Vary each stain's amount by up to ``strength`` and its background by a tenth of that: uint8 RGB (H, W, 3)."""
    gain = rng.uniform(1 - strength, 1 + strength, 3).astype(np.float32)
    offset = rng.uniform(-strength / 10, strength / 10, 3).astype(np.float32)
    # amounts * gain + offset, taken apart and put together again, is one product and one sum of densities
    mix = (APART * gain) @ STAINS
    density = DENSITY[pixels] @ mix + offset @ STAINS
    return np.clip(256 * np.exp(-density) - 1, 0, 255).astype(np.uint8)
