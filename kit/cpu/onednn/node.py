"""Hang an operation into Paddle's graph so that every way of asking for gradients works.

Paddle's PyLayer has three traps, each avoided here: ``paddle.grad`` for some of several inputs raises unless all inputs
form one list; a list's first tensor must want a gradient; a second backward pass over a kept graph crashes the process.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import paddle
from paddle import Tensor

from kit.cpu import log_once

CHANGED = "A tensor that a gradient needs was changed in place after its use."
SPENT = (
    "oneDNN's operators keep a graph for one backward pass. For retain_graph=True with a second pass, set KIT_ONEDNN=0 "
    "or call kit.cpu.uninstall() before the forward pass."
)


class Operation(Protocol):
    """What a node computes; ``saved`` is what its gradients need."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the output and ``saved``."""

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor | None]:
        """Return each input's gradient, at least where it is wanted."""

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return each input's gradient by Paddle's operators, so that it can be differentiated again."""


class _Node(paddle.autograd.PyLayer):  # type: ignore[misc]  # Paddle's stubs leave its base class untyped
    @staticmethod
    def forward(ctx: Any, ordered: list[Tensor], order: list[int], operation: Operation, born: list[Any]) -> Tensor:
        inputs = [ordered[order.index(place)] for place in range(len(ordered))]
        ctx.operation, ctx.order = operation, order
        ctx.wanted = [not tensor.stop_gradient for tensor in inputs]
        y, saved = operation.forward(*inputs)
        ctx.versions = [tensor.inplace_version for tensor in saved]
        ctx.save_for_backward(*saved)
        born.append(weakref.ref(ctx))
        return y

    @staticmethod
    def backward(ctx: Any, y_gradient: Tensor) -> list[Tensor | None]:
        saved = ctx.saved_tensor()
        if [tensor.inplace_version for tensor in saved] != ctx.versions:
            raise RuntimeError(CHANGED)
        found: Sequence[Tensor | None]
        if paddle.is_grad_enabled():
            found = ctx.operation.differentiable(saved, y_gradient)
        else:
            found = ctx.operation.gradients(saved, y_gradient.contiguous(), ctx.wanted)
        return [found[place] if ctx.wanted[place] else None for place in ctx.order]


def apply(operation: Operation, *inputs: Tensor) -> Tensor:
    """Return the operation's output, with a node in the graph where an input wants a gradient."""
    if not paddle.is_grad_enabled() or all(tensor.stop_gradient for tensor in inputs):
        return operation.forward(*inputs)[0]
    order = sorted(range(len(inputs)), key=lambda place: inputs[place].stop_gradient)
    born: list[Any] = []
    y = _Node.apply([inputs[place] for place in order], order, operation, born)
    y.register_hook(_only_once(born.pop()))
    return y


def _only_once(context: Callable[[], Any]) -> Callable[[Tensor], None]:
    """Return a hook that raises where Paddle would read the context it freed after the first backward pass."""

    def check(_: Tensor) -> None:
        if context() is None:
            log_once.once(SPENT)
            raise RuntimeError(SPENT)

    return check
