"""The models for text captchas."""

from __future__ import annotations

from paddle import nn

from ..config import CaptchaConfig
from ..model import Heads, Pointing, recurrent
from .grammar import CHARACTERS
from .inputs import HEIGHT


def crnn(config: CaptchaConfig) -> nn.Layer:
    """Build the default: convolutions, recurrent layers and CTC."""
    return recurrent(CHARACTERS, HEIGHT)


def pointing(config: CaptchaConfig) -> nn.Layer:
    """Build heads that learn where to look."""
    return Pointing(CHARACTERS, HEIGHT)


def heads(config: CaptchaConfig) -> nn.Layer:
    """Build one dense head for each position."""
    return Heads(CHARACTERS, HEIGHT)
