"""The recipes of the article on captchas: how its two networks are trained, as settings of the models."""

from __future__ import annotations

from ..config import CaptchaConfig

GENERATED = {
    "batch_size": 128,
    "weight_decay": 0.0,
    "clip_norm": 0.0,
    "ema": 0.0,
    "generated": 1.0,
    "repeats": 15,
    "images": 51_200,
    "alike": 0.0,
}
"""400 batches in an epoch with the sample's usual size, all of generated images; given ones are only held out."""
CNN = {**GENERATED, "epochs": 20, "optimizer": "adadelta", "learning_rate": 1.0, "schedule": "constant"}
CRNN = {**GENERATED, "epochs": 40, "optimizer": "adam", "learning_rate": 1e-3, "schedule": "task"}
LATER = 0.1  # of the learning rate, in the second half of the CRNN's epochs


def learning_rate(epoch: float, config: CaptchaConfig) -> float:
    """Return the CRNN's learning rate: as set for the first half of the epochs, a tenth of it for the second half."""
    return config.learning_rate * (LATER if 2 * epoch >= config.epochs else 1.0)
