"""Training on a GPU: the same bytes for the same seed, which operators compute in half precision, in which order.

Importing this package does not import Paddle.
"""

from __future__ import annotations

from kit.gpu.channels_last import set_channels_last
from kit.gpu.determinism import set_deterministic
from kit.gpu.half_precision import half_operators

__all__ = ["half_operators", "set_channels_last", "set_deterministic"]
