"""Tell the caller what happens to a run: it started, an epoch ended, it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from kit.runs import Run

State = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class Events:
    """The functions that are called; those of the command line call the plugins' hooks."""

    started: Callable[[Run], None] = lambda run: None
    epoch_ended: Callable[[Run, int, int, Mapping[str, Any]], None] = lambda run, fold, epoch, metrics: None
    ended: Callable[[Run, State], None] = lambda run, state: None


class Lifecycle:
    """A context manager of one run: it ends with the block, ``finished``, ``stopped`` (Ctrl-C) or ``failed``."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._run: Run | None = None

    def started(self, run: Run) -> None:
        """The run's folder is there, and training begins or goes on."""
        self._run = run
        self._events.started(run)

    def epoch_ended(self, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        """An epoch has ended; ``fold`` is the fold's number."""
        if self._run is not None:
            self._events.epoch_ended(self._run, fold, epoch, metrics)

    def __enter__(self) -> Lifecycle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._run is None:
            return
        state: State = "finished"
        if value is not None:
            state = "failed" if isinstance(value, Exception) else "stopped"
        self._events.ended(self._run, state)
