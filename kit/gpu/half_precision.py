"""Which operators compute in half precision beside those that Paddle sends there by itself.

Paddle's automatic mixed precision converts the inputs of 2D convolutions and matrix products only. Volumes, transposed
and depthwise convolutions stay in float32, as do recurrent layers, for which it has no other kernel. What a version and
a card can do is tried once: forward and backward of a small example, compared with float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np

TOLERANCE = {"bfloat16": 0.05, "float16": 0.01}
"""The largest error that is allowed, relative to the largest value. bfloat16 has 8 significant bits, float16 has 11."""

Operator = Callable[[Any, Any, Any], Any]
Autocast = Callable[[str, set[str]], AbstractContextManager[Any]]

SHAPES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...], Operator]] = {
    "conv3d": ((2, 8, 8, 8, 8), (8, 8, 3, 3, 3), lambda f, x, w: f.conv3d(x, w, padding=1)),
    "conv2d_transpose": ((2, 8, 8, 8), (8, 8, 2, 2), lambda f, x, w: f.conv2d_transpose(x, w, stride=2)),
    "conv3d_transpose": ((2, 8, 4, 4, 4), (8, 8, 2, 2, 2), lambda f, x, w: f.conv3d_transpose(x, w, stride=2)),
    "depthwise_conv2d": ((2, 8, 8, 8), (8, 1, 3, 3), lambda f, x, w: f.conv2d(x, w, padding=1, groups=8)),
}
"""By Paddle's name of the operator: shapes of the input and of the weight, and the call."""


@cache
def half_operators(precision: str) -> tuple[str, ...]:
    """The operators that work in ``precision`` on the present device, of those that Paddle leaves in float32."""
    return tuple(name for name in SHAPES if works(name, precision, mixed))


def works(name: str, precision: str, autocast: Autocast) -> bool:
    """Whether an operator runs forward and backward in half precision and gives what float32 gives."""
    try:
        half, dtype = _outputs(name, lambda: autocast(precision, {name}))
        full, _ = _outputs(name, lambda: autocast("float32", set()))
    except Exception:  # Paddle raises errors of many types where it has no kernel
        return False
    return dtype == precision and all(near(a, b, TOLERANCE[precision]) for a, b in zip(half, full, strict=True))


def _outputs(name: str, context: Callable[[], AbstractContextManager[Any]]) -> tuple[list[np.ndarray], str]:
    """Result and both gradients in float32, and the type in which the operator computed."""
    import paddle
    from paddle.nn import functional

    rng = np.random.default_rng(0)
    shape, weight_shape, call = SHAPES[name]
    x, weight = (paddle.to_tensor(rng.normal(size=s).astype(np.float32)) for s in (shape, weight_shape))
    x.stop_gradient = weight.stop_gradient = False
    with context():
        found = call(functional, x, weight)
    found.astype("float32").sum().backward()
    arrays = [tensor.astype("float32").numpy() for tensor in (found, x.grad, weight.grad)]
    return arrays, str(found.dtype).rpartition(".")[2]


def near(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    """Whether ``a`` is finite and differs from ``b`` by at most the tolerance times b's largest value."""
    return bool(np.isfinite(a).all()) and float(np.abs(a - b).max()) <= tolerance * float(np.abs(b).max())


def mixed(precision: str, operators: set[str]) -> AbstractContextManager[Any]:
    """Paddle's automatic mixed precision, with these operators beside those that it converts itself."""
    import paddle

    if precision == "float32":
        off: AbstractContextManager[Any] = paddle.amp.auto_cast(enable=False)
        return off
    half: AbstractContextManager[Any] = paddle.amp.auto_cast(dtype=precision, custom_white_list=operators)
    return half
