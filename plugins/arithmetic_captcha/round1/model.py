"""Round 1's models."""

from __future__ import annotations

from paddle import nn

from ..config import LineConfig
from ..model import Heads, Pointing, recurrent
from .grammar import EXPRESSIONS
from .inputs import input_size


def crnn(config: LineConfig) -> nn.Layer:
    """Build the default: convolutions, recurrent layers and CTC."""
    return recurrent(EXPRESSIONS, input_size(config)[0])


def pointing(config: LineConfig) -> nn.Layer:
    """Build heads that learn where to look."""
    return Pointing(EXPRESSIONS, input_size(config))


def heads(config: LineConfig) -> nn.Layer:
    """Build one dense head for each position."""
    return Heads(EXPRESSIONS, input_size(config))
