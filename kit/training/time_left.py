"""How long the rest of a training will take: every epoch of every fold, and the runs of other seeds after it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kit.training.duration import in_words

_further: ContextVar[int] = ContextVar("further", default=0)


@contextmanager
def further_runs(count: int) -> Iterator[None]:
    """Say that as many runs of the same length will follow the one that is trained within the block."""
    token = _further.set(count)
    try:
        yield
    finally:
        _further.reset(token)


class TimeLeft:
    """The time left, by the mean time of the epochs that this process has trained so far.

    Early stopping makes it an upper bound.
    """

    def __init__(self, folds: int, epochs: int) -> None:
        self._folds, self._epochs = folds, epochs
        self._started, self._trained, self._ended = time.perf_counter(), 0, 0

    def epoch_ended(self, fold: int, epoch: int) -> None:
        """An epoch has ended; ``fold`` counts from 0, ``epoch`` from 1."""
        self._trained += 1
        self._ended = fold * self._epochs + epoch

    def seconds(self) -> float | None:
        """Seconds, or None before the first epoch has ended."""
        if not self._trained:
            return None
        whole = self._folds * self._epochs
        left = whole - self._ended + _further.get() * whole
        return (time.perf_counter() - self._started) / self._trained * left

    def __str__(self) -> str:
        seconds = self.seconds()
        return f"{in_words(seconds)} left" if seconds else ""
