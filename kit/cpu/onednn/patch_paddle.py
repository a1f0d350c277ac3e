"""Put the routes in place after the library has proved itself on small cases, and take them away again."""

from __future__ import annotations

import os
from typing import Any

import paddle
from paddle.nn.functional import conv as functional_conv

from kit.cpu import log_once
from kit.cpu.onednn import library
from kit.cpu.onednn import operators as routes
from kit.cpu.onednn import self_test as trial
from kit.cpu.onednn.library import Unsupported
from kit.cpu.status import Status

_stock: dict[tuple[Any, str], Any] = {}
_status = Status(active=False, reason="not installed")


def install() -> Status:
    """Open the library, try it against Paddle's operators and stand its operators in their places."""
    global _status
    if _status.active:
        return status()
    try:
        if os.environ.get("KIT_ONEDNN") == "0":
            raise Unsupported("KIT_ONEDNN=0")
        opened = library.opened()
        trial.run()
    except Unsupported as reason:
        log_once.once(f"Paddle's own operators serve on the CPU: {reason}")
        _status = Status(active=False, reason=str(reason))
        return _status
    for (module, name), route in _routes().items():
        _stock[module, name] = getattr(module, name)
        setattr(module, name, route)
    names = tuple(name for (module, name) in _stock if module is paddle._C_ops)
    _status = Status(True, "", version=".".join(map(str, opened.version)), operators=names)
    return status()


def uninstall() -> None:
    """Put back what stood there before; graphs already built keep their operators."""
    global _status
    for (module, name), operator in _stock.items():
        setattr(module, name, operator)
    _stock.clear()
    _status = Status(active=False, reason="not installed")


def status() -> Status:
    """Return the state with the fallbacks met so far."""
    return Status(_status.active, _status.reason, _status.version, _status.operators, tuple(log_once.reasons()))


def _routes() -> dict[tuple[Any, str], Any]:
    operators = paddle._C_ops
    found: dict[tuple[Any, str], Any] = {
        (operators, "conv2d"): routes.convolution(operators.conv2d, dilation_first=True),
        (functional_conv, "_conv_nd"): routes.biased(functional_conv._conv_nd),
    }
    for name in ("depthwise_conv2d", "conv3d"):
        found[operators, name] = routes.convolution(getattr(operators, name), dilation_first=False)
    for name in ("conv2d_transpose", "depthwise_conv2d_transpose", "conv3d_transpose"):
        found[operators, name] = routes.transposed(getattr(operators, name))
    for name, route in (
        ("pool2d", routes.pooled),
        ("pool3d", routes.pooled),
        ("relu", routes.relued),
        ("dropout", routes.dropped),
    ):
        found[operators, name] = route(getattr(operators, name))
    return found
