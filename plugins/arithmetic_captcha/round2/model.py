"""Round 2's models and loss."""

from __future__ import annotations

from paddle import Tensor, nn
from paddle.nn import functional

from .. import model
from ..model import Recurrent
from .config import FinalConfig
from .grammar import BLANK
from .line_strip import HEIGHT

CHARACTER_WEIGHT = 5.0  # of a character's step in the second loss, relative to a blank's


def crnn(config: FinalConfig) -> nn.Layer:
    """Build the default: ink (B, 1, 40, 560) to logits (B, 140, 45). The GRUs see both sides of a fraction."""
    return Recurrent(BLANK + 1, HEIGHT, 16, 128, 96)


def wide(config: FinalConfig) -> nn.Layer:
    """Build the same network twice as wide, for a GPU."""
    return Recurrent(BLANK + 1, HEIGHT, 32, 256, 192)


def loss(outputs: Tensor, y: tuple[Tensor, Tensor], config: FinalConfig) -> Tensor:
    """CTC of logits (B, 140, 45) and classes (B, 46), plus cross-entropy at the steps whose class is known.

    ``y`` holds the classes and, for each step, the class to expect or -1, (B, 140). With CTC alone, the network takes
    long to find out where the characters are; of generated images this is known.
    """
    classes, expected = y
    known = functional.cross_entropy(
        outputs.astype("float32"), expected.unsqueeze(2), ignore_index=-1, reduction="none", axis=2
    ).squeeze(2)
    is_character = (expected >= 0) & (expected != BLANK)
    weight = (expected >= 0).astype("float32") + (CHARACTER_WEIGHT - 1.0) * is_character.astype("float32")
    located = (known * weight).sum() / weight.sum().clip(min=1.0)
    return model.loss(outputs, classes, config) + config.located * located
