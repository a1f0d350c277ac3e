"""Replace Paddle's CPU operators by the wrappers, after a self-test of the library; put the originals back."""

from __future__ import annotations

import os
from typing import Any

import paddle
from paddle.nn.functional import conv as functional_conv

from kit.cpu import log_once
from kit.cpu.onednn import library, operators, self_test
from kit.cpu.onednn.chain import sequential
from kit.cpu.onednn.library import Unsupported
from kit.cpu.onednn.reductions import EXTREMES
from kit.cpu.status import Status

WITH_GRADIENT = (
    "conv2d",
    "depthwise_conv2d",
    "conv3d",
    "conv2d_transpose",
    "depthwise_conv2d_transpose",
    "conv3d_transpose",
    "pool2d",
    "pool3d",
)
NEEDED = (*(f"{name}_grad" for name in WITH_GRADIENT), *WITH_GRADIENT, "relu", "relu6", "dropout", "mean", *EXTREMES)
"""Paddle's operators and gradient operators that the wrappers fall back to."""

_originals: dict[tuple[Any, str], Any] = {}
_status = Status(active=False, reason="not installed")


def install() -> Status:
    """Load the library, compare it with Paddle's operators, and replace these by the wrappers."""
    global _status
    if _status.active:
        return status()
    try:
        if os.environ.get("KIT_ONEDNN") == "0":
            raise Unsupported("KIT_ONEDNN=0")
        loaded = library.load()
        wrappers = _examined()
    except Unsupported as reason:
        log_once.warn(f"Paddle's own operators are used on the CPU: {reason}")
        _status = Status(active=False, reason=str(reason))
        return _status
    for (module, name), wrapper in wrappers.items():
        _originals[module, name] = getattr(module, name)
        setattr(module, name, wrapper)
    paddle.nn.Sequential.__call__ = sequential.call(paddle.nn.Sequential.__call__)
    names = tuple(name for (module, name) in _originals if module is paddle._C_ops)
    _status = Status(True, "", version=".".join(map(str, loaded.version)), operators=names)
    return status()


def _examined() -> dict[tuple[Any, str], Any]:
    """Return the wrappers after the self-test. Raises Unsupported too where this Paddle lacks what they build on."""
    missing = [name for name in NEEDED if not hasattr(paddle._C_ops, name)]
    if missing:
        raise Unsupported(f"paddle {paddle.__version__} has no {missing[0]}: oneDNN's need Paddle 3.2 or newer")
    try:
        self_test.run()
        return _wrappers()
    except Unsupported:
        raise
    except Exception as error:  # whatever another version of Paddle lacks or does otherwise
        said = str(error).strip().partition("\n")[0]
        raise Unsupported(f"paddle {paddle.__version__} is not known here: {type(error).__name__}: {said}") from error


def uninstall() -> None:
    """Put Paddle's own operators back. Graphs already built keep the operators they were built with."""
    global _status
    for (module, name), operator in _originals.items():
        setattr(module, name, operator)
    _originals.clear()
    if "__call__" in vars(paddle.nn.Sequential):
        del paddle.nn.Sequential.__call__  # that of every layer is inherited again
    _status = Status(active=False, reason="not installed")


def status() -> Status:
    """Return the current state with the fallbacks logged so far."""
    return Status(_status.active, _status.reason, _status.version, _status.operators, tuple(log_once.reasons()))


def _wrappers() -> dict[tuple[Any, str], Any]:
    """Return the wrapper for each (module, name) that is replaced."""
    ops = paddle._C_ops
    found: dict[tuple[Any, str], Any] = {
        (ops, "conv2d"): operators.wrap_convolution(ops.conv2d, dilation_first=True),
        (functional_conv, "_conv_nd"): operators.wrap_biased_convolution(functional_conv._conv_nd),
        (functional_conv, "_add_with_axis"): operators.wrap_bias(functional_conv._add_with_axis),
    }
    for name in ("depthwise_conv2d", "conv3d"):
        found[ops, name] = operators.wrap_convolution(getattr(ops, name), dilation_first=False)
    for name in ("conv2d_transpose", "depthwise_conv2d_transpose", "conv3d_transpose"):
        found[ops, name] = operators.wrap_transposed_convolution(getattr(ops, name))
    for name, wrap in (
        ("pool2d", operators.wrap_pool),
        ("pool3d", operators.wrap_pool),
        ("relu", operators.wrap_relu),
        ("dropout", operators.wrap_dropout),
    ):
        found[ops, name] = wrap(getattr(ops, name))
    for name in (*EXTREMES, "mean"):
        found[ops, name] = operators.wrap_reduction(getattr(ops, name))
    found[ops, "relu6"] = operators.wrap_relu(ops.relu6, limit=6.0)
    return found
