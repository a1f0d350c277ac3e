"""Training on a GPU: the same bytes for the same seed, and which operators compute in half precision.

Importing this package does not import Paddle.
"""

from __future__ import annotations

from kit.gpu.determinism import set_deterministic
from kit.gpu.half_precision import half_operators

__all__ = ["half_operators", "set_deterministic"]
