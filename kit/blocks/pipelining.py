"""Predictions with one batch ahead: the next batch is read while the device computes the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np

from kit.contract.protocols import Forward

Waiting = Callable[[], np.ndarray]
"""Waits for a prediction that was started, and returns it (N, ...)."""


@runtime_checkable
class Asynchronous(Protocol):
    """A forward whose device may go on computing when a call returns, as a GPU does."""

    def start(self, batch: Any, /) -> Waiting:
        """Start the prediction of a batch (N, ...)."""


def start(forward: Forward, batch: Any) -> Waiting:
    """Start the prediction of a batch; where the forward has no ``start``, it has been made when this returns."""
    if isinstance(forward, Asynchronous):
        return forward.start(batch)
    found = forward(batch)
    return lambda: found


def pipelined(forward: Forward, batches: Iterable[Any]) -> Iterator[np.ndarray]:
    """Yield the prediction of each batch in order.

    A batch is taken from ``batches`` and its prediction started before the one before it is waited for. Nothing runs in
    a thread: whatever ``batches`` or the forward raises is raised here.
    """
    before: Waiting | None = None
    for batch in batches:
        now = start(forward, batch)
        if before is not None:
            yield before()
        before = now
    if before is not None:
        yield before()
