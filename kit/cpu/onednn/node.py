"""Record an operation in Paddle's autograd graph, so that ``backward`` and every use of ``paddle.grad`` work.

``paddle.autograd.PyLayer`` has three traps that are avoided here:

1. ``paddle.grad`` for only some of several inputs raises an error, unless all inputs are passed as one list.
2. The first tensor of that list must require a gradient. The inputs are therefore sorted, those that do first.
3. A second backward pass over a kept graph reads freed memory and crashes the process. A hook raises an error instead.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import paddle
from paddle import Tensor

from kit.cpu import log_once

CHANGED_IN_PLACE = "A tensor that a gradient needs was changed in place after its use."
SECOND_BACKWARD = (
    "oneDNN's operators keep a graph for one backward pass. For retain_graph=True with a second pass, set KIT_ONEDNN=0 "
    "or call kit.cpu.uninstall() before the forward pass."
)


class Operation(Protocol):
    """What a node computes. ``saved`` are the tensors that its gradients need."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the output and ``saved``."""

    def gradients(self, saved: Sequence[Tensor], y_gradient: Tensor, wanted: Sequence[bool]) -> Sequence[Tensor | None]:
        """Return a gradient for each input; it may be None where ``wanted`` is false."""

    def differentiable(self, saved: Sequence[Tensor], y_gradient: Tensor) -> Sequence[Tensor]:
        """Return a gradient for each input by Paddle's own operators, so that it can be differentiated again."""


class _Node(paddle.autograd.PyLayer):  # type: ignore[misc]  # Paddle's stubs leave its base class untyped
    @staticmethod
    def forward(ctx: Any, ordered: list[Tensor], order: list[int], operation: Operation, contexts: list[Any]) -> Tensor:
        inputs = [ordered[order.index(position)] for position in range(len(ordered))]
        ctx.operation, ctx.order = operation, order
        ctx.wanted = [not tensor.stop_gradient for tensor in inputs]
        y, saved = operation.forward(*inputs)
        ctx.versions = [tensor.inplace_version for tensor in saved]
        ctx.save_for_backward(*saved)
        contexts.append(weakref.ref(ctx))
        return y

    @staticmethod
    def backward(ctx: Any, y_gradient: Tensor) -> list[Tensor | None]:
        saved = ctx.saved_tensor()
        if [tensor.inplace_version for tensor in saved] != ctx.versions:
            raise RuntimeError(CHANGED_IN_PLACE)
        found: Sequence[Tensor | None]
        if paddle.is_grad_enabled():
            found = ctx.operation.differentiable(saved, y_gradient)
        else:
            found = ctx.operation.gradients(saved, y_gradient.contiguous(), ctx.wanted)
        return [found[position] if ctx.wanted[position] else None for position in ctx.order]


def apply(operation: Operation, *inputs: Tensor) -> Tensor:
    """Return the operation's output, with a node in the graph where an input requires a gradient."""
    if not paddle.is_grad_enabled() or all(tensor.stop_gradient for tensor in inputs):
        return operation.forward(*inputs)[0]
    order = sorted(range(len(inputs)), key=lambda position: inputs[position].stop_gradient)
    contexts: list[Any] = []  # filled by the forward pass: PyLayer does not return its context
    y = _Node.apply([inputs[position] for position in order], order, operation, contexts)
    y.register_hook(_only_once(contexts.pop()))
    return y


def _only_once(context: Callable[[], Any]) -> Callable[[Tensor], None]:
    """Return a hook that raises an error where Paddle would read the context that the first backward pass freed."""

    def check(_: Tensor) -> None:
        if context() is None:
            log_once.warn(SECOND_BACKWARD)
            raise RuntimeError(SECOND_BACKWARD)

    return check
