"""Wrap Paddle's operators: the same arguments, computed by oneDNN where it can, otherwise by Paddle's own operator.

Layers and functions of ``paddle.nn`` look their operator up in ``paddle._C_ops`` at every call. Replacing the operator
there reaches all of them, without a change to any model. ``_conv_nd`` is wrapped too because layers add the bias there;
oneDNN adds it within the convolution.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import paddle

from kit.cpu.onednn import reductions, shapes
from kit.cpu.onednn.convolution import convolve
from kit.cpu.onednn.coverage import channels_first, is_covered, with_fallback
from kit.cpu.onednn.pointwise import SMALLEST, add_bias, dropout, relu
from kit.cpu.onednn.pooling import pool

Operator = Callable[..., Any]

LEAST_CHANNELS = 4
"""Channels below which blocks of eight are mostly padding and Paddle's own pool is as fast."""

BIASED = ("op_type", "stride", "padding", "padding_algorithm", "dilation", "groups", "data_format")


def wrap_convolution(original: Operator, dilation_first: bool) -> Operator:
    """Wrap ``conv2d`` (arguments end in dilation, groups), or ``depthwise_conv2d`` or ``conv3d`` (groups, dilation).

    The operators have no bias; :func:`wrap_biased_convolution` adds it.
    """
    gradients = _gradient_of(original.__name__)

    @wraps(original)
    def wrapper(*args: Any) -> Any:
        x, weight, stride, padding, algorithm, fifth, sixth, data_format = args
        dilation, groups = (fifth, sixth) if dilation_first else (sixth, fifth)
        if not is_covered(x, weight) or not channels_first(data_format):
            return original(*args)

        def ours() -> Any:
            known = (stride, padding, algorithm, dilation, groups)
            geometry = shapes.convolution(x.shape, weight.shape, *known, bias=False)
            return convolve(x, weight, None, geometry, lambda a, b, g: gradients(a, b, g, *args[2:]))

        return with_fallback(original.__name__, ours, lambda: original(*args))

    return wrapper


def wrap_transposed_convolution(original: Operator) -> Operator:
    """Wrap ``conv2d_transpose``, ``depthwise_conv2d_transpose`` and ``conv3d_transpose``."""
    gradients = _gradient_of(original.__name__)

    @wraps(original)
    def wrapper(*args: Any) -> Any:
        x, weight, stride, padding, extra, size, algorithm, groups, dilation, data_format = args
        if not is_covered(x, weight) or not channels_first(data_format) or isinstance(size, paddle.Tensor):
            return original(*args)

        def ours() -> Any:
            known = (stride, padding, extra or [], size or [], algorithm, groups, dilation)
            geometry = shapes.transposed(x.shape, weight.shape, *known)
            return convolve(x, weight, None, geometry, lambda a, b, g: gradients(a, b, g, *args[2:]))

        return with_fallback(original.__name__, ours, lambda: original(*args))

    return wrapper


def wrap_biased_convolution(original: Operator) -> Operator:
    """Wrap ``paddle.nn.functional.conv._conv_nd``, a layer's convolution with its bias."""

    @wraps(original)
    def wrapper(x: Any, weight: Any, bias: Any = None, *args: Any, **kwargs: Any) -> Any:
        def by_paddle() -> Any:
            return original(x, weight, bias, *args, **kwargs)

        if bias is None or args or not is_covered(x, weight, bias) or not channels_first(kwargs.get("data_format")):
            return by_paddle()

        def ours() -> Any:
            name, stride, padding, algorithm, dilation, groups, data_format = (kwargs[key] for key in BIASED)
            known = (stride, padding, algorithm, dilation, groups)
            geometry = shapes.convolution(x.shape, weight.shape, *known, bias=True)
            pair = (dilation, groups) if name == "conv2d" else (groups, dilation)
            rest = (stride, padding, algorithm, *pair, data_format)
            return convolve(x, weight, bias, geometry, lambda a, b, g: _gradient_of(name)(a, b, g, *rest))

        return with_fallback("convolution", ours, by_paddle)

    return wrapper


def wrap_bias(original: Operator) -> Operator:
    """Wrap ``paddle.nn.functional.conv._add_with_axis``, which adds the bias after a transposed convolution."""

    @wraps(original)
    def wrapper(x: Any, bias: Any, axis: int = -1, **rest: Any) -> Any:
        if rest or axis != 1 or not is_covered(x, bias) or bias.ndim != 1 or len(bias) != x.shape[1]:
            return original(x, bias, axis=axis, **rest)
        return add_bias(x, bias)

    return wrapper


def wrap_pool(original: Operator) -> Operator:
    """Wrap ``pool2d`` and ``pool3d``: max and average. Adaptive and global pools stay Paddle's."""
    gradient = _gradient_of(original.__name__)

    @wraps(original)
    def wrapper(*args: Any) -> Any:
        x, kernel, stride, padding, ceiling, exclusive, data_format, kind, whole, adaptive, algorithm = args
        if (
            whole
            or adaptive
            or isinstance(kernel, paddle.Tensor)
            or not is_covered(x)
            or not channels_first(data_format)
        ):
            return original(*args)
        if x.size < SMALLEST or x.shape[1] < LEAST_CHANNELS:
            return original(*args)
        name = kind if kind == "max" else "avg exclusive" if exclusive else "avg inclusive"

        def ours() -> Any:
            window = shapes.pool(name, x.shape, kernel, stride, padding, ceiling, algorithm)
            rest = args[1:]
            return pool(x, window, (lambda a: original(a, *rest), lambda a, y, g: gradient(a, y, g, *rest)))

        return with_fallback(original.__name__, ours, lambda: original(*args))

    return wrapper


def wrap_relu(original: Operator, limit: float | None = None) -> Operator:
    """Wrap ``relu``, or with a limit of 6 ``relu6``."""

    @wraps(original)
    def wrapper(x: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or not is_covered(x) or x.size < SMALLEST:
            return original(x, *args, **kwargs)
        return with_fallback("relu", lambda: relu(x, limit), lambda: original(x))

    return wrapper


def wrap_dropout(original: Operator) -> Operator:
    """Wrap ``dropout``; calls with a fixed seed stay Paddle's."""

    @wraps(original)
    def wrapper(*args: Any) -> Any:
        x, noise, p, is_test, mode, _, fixed = args
        plain_call = noise is None and not fixed and not is_test and isinstance(p, float | int) and 0 < p < 1
        if not plain_call or not is_covered(x) or x.size < SMALLEST:
            return original(*args)
        return dropout(x, p, upscale=mode == "upscale_in_train")

    return wrapper


def wrap_reduction(original: Operator) -> Operator:
    """Wrap ``max``, ``min``, ``amax``, ``amin`` or ``mean`` where a gradient is needed."""
    operator = reductions.Operator(original.__name__, original, reductions.divides(original))

    @wraps(original)
    def wrapper(x: Any, axis: Any = None, keepdim: bool = False, **rest: Any) -> Any:
        usual = axis is None or isinstance(axis, int | list | tuple)
        needed = usual and not any(rest.values()) and paddle.in_dynamic_mode() and paddle.is_grad_enabled()
        if not needed or not is_covered(x) or x.stop_gradient or not x.ndim:
            return original(x, axis, keepdim, **rest)
        return reductions.reduce(x, axis, keepdim, operator)

    return wrapper


def _gradient_of(name: str) -> Operator:
    operator: Operator = getattr(paddle._C_ops, f"{name}_grad")
    return operator
