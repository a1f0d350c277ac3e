"""The baseline to beat: one threshold on one colour channel, the best that the training slides allow."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from .stain import separate

CHANNELS = (
    *("red", "green", "blue", "hue", "saturation", "brightness", "lightness", "green to red", "blue to yellow", "grey"),
    *("haematoxylin", "eosin", "rest"),
)
STAIN_SCALE = 100.0  # amounts of stain run from -0.5 to 2


def channels(pixels: np.ndarray) -> np.ndarray:
    """Every colour channel of uint8 RGB (H, W, 3) as uint8 (13, H, W), in the order of ``CHANNELS``."""
    pixels = np.ascontiguousarray(pixels)
    spaces = [pixels, cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV), cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None]
    stains = np.clip(separate(pixels) * STAIN_SCALE + 50, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.concatenate([*spaces, grey, stains], axis=2).transpose(2, 0, 1))


class Threshold:
    """A channel, a threshold and the side on which cancer lies: :class:`kit.contract.model.Estimator`."""

    def __init__(self) -> None:
        self.channel, self.cut, self.above = 0, 0, True

    def fit(self, x: Any, y: Any) -> Threshold:
        """Choose what gives the best pooled F1 on patches uint8 (N, 3, H, W) with masks (N, H, W)."""
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
                channel, cut = np.unravel_index(int(f1.argmax()), f1.shape)
                best, self.channel, self.cut, self.above = float(f1.max()), int(channel), int(cut), above
        return self

    def predict_proba(self, x: Any) -> np.ndarray:
        """Map patches (N, 3, H, W) to (N, H, W): at least one half is cancer, further from the threshold is surer."""
        values = np.stack([channels(patch.transpose(1, 2, 0))[self.channel] for patch in x]).astype(np.float32)
        distance = values - self.cut if self.above else self.cut - values
        return np.asarray(0.5 + distance / 510, dtype=np.float32)


def baseline(config: Any) -> Threshold:
    """Build the threshold."""
    return Threshold()
