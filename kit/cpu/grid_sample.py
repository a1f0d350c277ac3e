"""A guard for Paddle's ``grid_sample``, whose gradient crashes the process on a CPU.

Its CPU kernel writes the gradient of the input even where the input needs none and there is no memory for it.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

import paddle


def guard() -> None:
    """Give ``grid_sample`` an input that takes a gradient, where its grid needs one; a second call changes nothing."""
    original = paddle._C_ops.grid_sample
    if not hasattr(original, "__wrapped__"):
        paddle._C_ops.grid_sample = _guarded(original)


def _guarded(original: Any) -> Any:
    @wraps(original)
    def grid_sample(x: Any, grid: Any, *args: Any, **kwargs: Any) -> Any:
        if paddle.in_dynamic_mode() and paddle.is_grad_enabled() and x.stop_gradient and not grid.stop_gradient:
            x = x.detach()  # the same values
            x.stop_gradient = False
        return original(x, grid, *args, **kwargs)

    return grid_sample
