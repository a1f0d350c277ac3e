"""The baseline: one threshold on one colour channel, the best on the training slides."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .color_deconvolution import separate_stains
from .config import SlideConfig

CHANNELS = (
    *("red", "green", "blue", "hue", "saturation", "brightness", "lightness", "green to red", "blue to yellow", "grey"),
    *("haematoxylin", "eosin", "rest"),
)
STAIN_SCALE = 100.0  # amounts of stain range from -0.5 to 2


def channels(pixels: np.ndarray) -> np.ndarray:
    """Compute all colour channels of uint8 RGB (H, W, 3) as uint8 (13, H, W), in the order of ``CHANNELS``."""
    pixels = np.ascontiguousarray(pixels)
    spaces = [pixels, cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV), cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None]
    stains = np.clip(separate_stains(pixels) * STAIN_SCALE + 50, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.concatenate([*spaces, grey, stains], axis=2).transpose(2, 0, 1))


class Threshold:
    """A channel, a threshold and the side of it that means cancer: an estimator in scikit-learn's sense."""

    def __init__(self) -> None:
        self.channel, self.cut, self.above = 0, 0, True

    def fit(self, x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> Threshold:
        """Choose the best pooled F1 on patches uint8 (N, 3, H, W) with masks (N, H, W)."""
        histograms = np.zeros((len(CHANNELS), 2, 256))
        for patch, mask in zip(x, y, strict=True):
            for channel, values in enumerate(channels(patch.transpose(1, 2, 0))):
                both = np.bincount(values.ravel() + 256 * mask.ravel().astype(np.int64), minlength=512)
                histograms[channel] += both.reshape(2, 256)
        true = histograms[0, 1].sum()
        best = -1.0
        for above in (True, False):
            # Pixels of value >= cut, or <= cut, for every cut.
            ordered = histograms[..., ::-1].cumsum(axis=2)[..., ::-1] if above else histograms.cumsum(axis=2)
            f1 = 2 * ordered[:, 1] / np.maximum(ordered.sum(axis=1) + true, 1)
            if f1.max() > best:
                self.channel, self.cut = divmod(int(f1.argmax()), f1.shape[1])
                best, self.above = float(f1.max()), above
        return self

    def predict_proba(self, x: Sequence[np.ndarray]) -> np.ndarray:
        """Map patches (N, 3, H, W) to (N, H, W): 0.5 at the threshold, linear in the distance from it."""
        values = np.stack([channels(patch.transpose(1, 2, 0))[self.channel] for patch in x]).astype(np.float32)
        distance = values - self.cut if self.above else self.cut - values
        return np.asarray(0.5 + distance / 510, dtype=np.float32)


def baseline(config: SlideConfig) -> Threshold:
    """Build the estimator."""
    return Threshold()
