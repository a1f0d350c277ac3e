"""Decide whether a call may leave Paddle's operator: eager float32 tensors in the processor's memory, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import paddle

from kit.cpu import log_once
from kit.cpu.onednn.library import Unsupported


def covered(*values: Any) -> bool:
    """Tell whether all are non-empty dense eager float32 CPU tensors (Paddle mixes precisions on GPUs only)."""
    return paddle.in_dynamic_mode() and all(_eager(value) for value in values)


def _eager(value: Any) -> bool:
    if not isinstance(value, paddle.Tensor) or not value.place.is_cpu_place():
        return False
    if value.dtype != paddle.float32:
        log_once.once(f"{value.dtype} on the CPU: Paddle's own operators serve")
        return False
    return bool(value.is_dense()) and 0 not in value.shape


def channels_first(data_format: Any) -> bool:
    """Tell whether the format is NCHW or NCDHW; of channels-last it is said once that Paddle's operators serve."""
    if data_format in ("NCHW", "NCDHW"):
        return True
    log_once.once(f"{data_format}: Paddle's own operators serve; channels first is faster on the CPU")
    return False


def attempt(what: str, ours: Callable[[], Any], stock: Callable[[], Any]) -> Any:
    """Return ``ours()``, or ``stock()`` where oneDNN cannot do it, which is said once."""
    try:
        return ours()
    except Unsupported as reason:
        log_once.once(f"{what}: Paddle's own operator serves, since {reason}")
        return stock()
