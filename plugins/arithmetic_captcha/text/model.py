"""The models for text captchas."""

from __future__ import annotations

from paddle import nn

from ..model import Heads, Pointing, recurrent
from .config import TextConfig
from .grammar import CHARACTERS
from .inputs import input_size


def crnn(config: TextConfig) -> nn.Layer:
    """Build the default: convolutions, recurrent layers and CTC."""
    return recurrent(CHARACTERS, input_size(config)[0])


def pointing(config: TextConfig) -> nn.Layer:
    """Build heads that learn where to look."""
    return Pointing(CHARACTERS, input_size(config))


def heads(config: TextConfig) -> nn.Layer:
    """Build one dense head for each position."""
    return Heads(CHARACTERS, input_size(config))
