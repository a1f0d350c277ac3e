"""Color deconvolution: separate the stains of an H&E slide, and vary their strength for augmentation.

Laboratories stain with different strengths. Pixels are converted to optical density, where stains add up (Beer and
Lambert): A. C. Ruifrok and D. A. Johnston, Quantification of histochemical staining by color deconvolution, 2001.
"""

from __future__ import annotations

import numpy as np

# Optical densities (red, green, blue) of haematoxylin, eosin and the residual, as rows; from the article.
STAINS = np.array([[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]], np.float32)
STAINS_INVERSE = np.linalg.inv(STAINS).astype(np.float32)
DENSITY = -np.log((np.arange(256, dtype=np.float32) + 1) / 256)


def separate_stains(pixels: np.ndarray) -> np.ndarray:
    """Convert uint8 RGB (..., 3) to amounts of haematoxylin, eosin and the residual, float32 (..., 3)."""
    return np.asarray(DENSITY[pixels] @ STAINS_INVERSE)


def jitter_stains(pixels: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Vary the amount of each stain by up to ``strength`` and add up to a tenth of it: uint8 RGB (H, W, 3)."""
    gain = rng.uniform(1 - strength, 1 + strength, 3).astype(np.float32)
    offset = rng.uniform(-strength / 10, strength / 10, 3).astype(np.float32)
    # Separation, amounts * gain + offset, and mixing are one matrix product and one sum of densities.
    mix = (STAINS_INVERSE * gain) @ STAINS
    density = DENSITY[pixels] @ mix + offset @ STAINS
    return np.asarray(np.clip(256 * np.exp(-density) - 1, 0, 255).astype(np.uint8))
