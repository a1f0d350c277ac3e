"""Decide whether a call may leave Paddle's operator: eager float32 tensors in the processor's memory, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import paddle

from kit.cpu import announcement
from kit.cpu.library import Unsupported


def covered(*values: Any) -> bool:
    """Tell whether all are non-empty dense eager float32 CPU tensors (Paddle mixes precisions on GPUs only)."""
    return paddle.in_dynamic_mode() and all(_eager(value) for value in values)


def _eager(value: Any) -> bool:
    return (
        isinstance(value, paddle.Tensor)
        and value.dtype == paddle.float32
        and value.place.is_cpu_place()
        and value.is_dense()
        and 0 not in value.shape
    )


def attempt(what: str, ours: Callable[[], Any], stock: Callable[[], Any]) -> Any:
    """Return ``ours()``, or ``stock()`` where oneDNN cannot do it, which is said once."""
    try:
        return ours()
    except Unsupported as reason:
        announcement.once(f"{what}: Paddle's own operator serves, since {reason}")
        return stock()
