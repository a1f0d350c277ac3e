"""Decide which calls oneDNN may compute: eager, dense, non-empty float32 tensors in CPU memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import paddle

from kit.cpu import log_once
from kit.cpu.onednn.library import Unsupported


def is_covered(*values: Any) -> bool:
    """Return whether all values are non-empty dense eager float32 CPU tensors.

    Paddle's mixed precision exists on GPUs only, so other types are rare on a CPU; the first one is logged.
    """
    return paddle.in_dynamic_mode() and all(_eager(value) for value in values)


def _eager(value: Any) -> bool:
    if not isinstance(value, paddle.Tensor) or not value.place.is_cpu_place():
        return False
    if value.dtype != paddle.float32:
        log_once.warn(f"{value.dtype} on the CPU: Paddle's own operators are used")
        return False
    return bool(value.is_dense()) and 0 not in value.shape


def channels_first(data_format: Any) -> bool:
    """Return whether the format is NCHW or NCDHW. That channels-last uses Paddle's own operators is logged once."""
    if data_format in ("NCHW", "NCDHW"):
        return True
    log_once.warn(f"{data_format}: Paddle's own operators are used; channels first is faster on the CPU")
    return False


def with_fallback(what: str, ours: Callable[[], Any], original: Callable[[], Any]) -> Any:
    """Return ``ours()``, or ``original()`` where oneDNN cannot compute it; the reason is logged once."""
    try:
        return ours()
    except Unsupported as reason:
        log_once.warn(f"{what}: Paddle's own operator is used, since {reason}")
        return original()
