"""Stand oneDNN's operators in the places of Paddle's, each with the same arguments and the stock operator behind it.

Layers and functions of ``paddle.nn`` look their operator up in ``paddle._C_ops`` at every call, so standing there
reaches all of them without a model's knowing. ``_conv_nd`` is where layers add the bias, which oneDNN adds on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import paddle

from kit.cpu.onednn import shapes
from kit.cpu.onednn.convolution import convolve
from kit.cpu.onednn.coverage import attempt, channels_first, covered
from kit.cpu.onednn.pointwise import SMALLEST, dropout, relu
from kit.cpu.onednn.pooling import pool

Operator = Callable[..., Any]

LEAST_CHANNELS = 4
"""Channels below which blocks of eight are mostly padding and Paddle's own pool is as quick."""

BIASED = ("op_type", "stride", "padding", "padding_algorithm", "dilation", "groups", "data_format")


def convolution(stock: Operator, dilation_first: bool) -> Operator:
    """Stand for ``conv2d`` and ``depthwise_conv2d`` (``dilation_first``: then groups), or ``conv3d``, without bias."""
    gradients = _gradient_of(stock.__name__)

    @wraps(stock)
    def route(*args: Any) -> Any:
        x, weight, stride, padding, algorithm, fifth, sixth, data_format = args
        dilation, groups = (fifth, sixth) if dilation_first else (sixth, fifth)
        if not covered(x, weight) or not channels_first(data_format):
            return stock(*args)

        def ours() -> Any:
            known = (stride, padding, algorithm, dilation, groups)
            geometry = shapes.convolution(x.shape, weight.shape, *known, bias=False)
            return convolve(x, weight, None, geometry, lambda a, b, g: gradients(a, b, g, *args[2:]))

        return attempt(stock.__name__, ours, lambda: stock(*args))

    return route


def transposed(stock: Operator) -> Operator:
    """Stand for ``conv2d_transpose``, ``depthwise_conv2d_transpose`` and ``conv3d_transpose``."""
    gradients = _gradient_of(stock.__name__)

    @wraps(stock)
    def route(*args: Any) -> Any:
        x, weight, stride, padding, extra, size, algorithm, groups, dilation, data_format = args
        if not covered(x, weight) or not channels_first(data_format) or isinstance(size, paddle.Tensor):
            return stock(*args)

        def ours() -> Any:
            known = (stride, padding, extra or [], size or [], algorithm, groups, dilation)
            geometry = shapes.transposed(x.shape, weight.shape, *known)
            return convolve(x, weight, None, geometry, lambda a, b, g: gradients(a, b, g, *args[2:]))

        return attempt(stock.__name__, ours, lambda: stock(*args))

    return route


def biased(stock: Operator) -> Operator:
    """Stand for ``paddle.nn.functional.conv._conv_nd``, a layer's convolution with its bias."""

    @wraps(stock)
    def route(x: Any, weight: Any, bias: Any = None, *args: Any, **kwargs: Any) -> Any:
        def usual() -> Any:
            return stock(x, weight, bias, *args, **kwargs)

        if bias is None or args or not covered(x, weight, bias) or not channels_first(kwargs.get("data_format")):
            return usual()

        def ours() -> Any:
            name, stride, padding, algorithm, dilation, groups, data_format = (kwargs[key] for key in BIASED)
            known = (stride, padding, algorithm, dilation, groups)
            geometry = shapes.convolution(x.shape, weight.shape, *known, bias=True)
            pair = (dilation, groups) if name == "conv2d" else (groups, dilation)
            rest = (stride, padding, algorithm, *pair, data_format)
            return convolve(x, weight, bias, geometry, lambda a, b, g: _gradient_of(name)(a, b, g, *rest))

        return attempt("convolution", ours, usual)

    return route


def pooled(stock: Operator) -> Operator:
    """Stand for ``pool2d`` and ``pool3d`` (max and average; adaptive and global pools stay Paddle's)."""
    gradient = _gradient_of(stock.__name__)

    @wraps(stock)
    def route(*args: Any) -> Any:
        x, kernel, stride, padding, ceiling, exclusive, data_format, kind, whole, adaptive, algorithm = args
        if whole or adaptive or isinstance(kernel, paddle.Tensor) or not covered(x) or not channels_first(data_format):
            return stock(*args)
        if x.size < SMALLEST or x.shape[1] < LEAST_CHANNELS:
            return stock(*args)
        name = kind if kind == "max" else "avg exclusive" if exclusive else "avg inclusive"

        def ours() -> Any:
            window = shapes.pool(name, x.shape, kernel, stride, padding, ceiling, algorithm)
            rest = args[1:]
            return pool(x, window, (lambda a: stock(a, *rest), lambda a, y, g: gradient(a, y, g, *rest)))

        return attempt(stock.__name__, ours, lambda: stock(*args))

    return route


def relued(stock: Operator) -> Operator:
    """Stand for ``relu``."""

    @wraps(stock)
    def route(x: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or not covered(x) or x.size < SMALLEST:
            return stock(x, *args, **kwargs)
        return attempt("relu", lambda: relu(x), lambda: stock(x))

    return route


def dropped(stock: Operator) -> Operator:
    """Stand for ``dropout`` without a seed of its own."""

    @wraps(stock)
    def route(*args: Any) -> Any:
        x, noise, p, is_test, mode, _, fixed = args
        plain_call = noise is None and not fixed and not is_test and isinstance(p, float | int) and 0 < p < 1
        if not plain_call or not covered(x) or x.size < SMALLEST:
            return stock(*args)
        return dropout(x, p, upscale=mode == "upscale_in_train")

    return route


def _gradient_of(name: str) -> Operator:
    operator: Operator = getattr(paddle._C_ops, f"{name}_grad")
    return operator
