"""The hooks of a plugin. Implement one as a function of the same name, marked with ``@kit.hookimpl``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pluggy

from kit.contract.task import Task

hookspec = pluggy.HookspecMarker("kit")
hookimpl = pluggy.HookimplMarker("kit")


@hookspec
def kit_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Return the tasks that this plugin defines: usually one, several if a contest has rounds or tracks.

    It is called at every start of ``kit``, so it must be fast: name functions with :func:`kit.lazy` instead of
    importing their modules.
    """


@hookspec
def kit_epoch_ended(run: Path, fold: int, epoch: int, metrics: Mapping[str, float]) -> None:
    """Called after every epoch, for instance to send its metrics to an experiment tracker.

    ``epoch`` counts from 1; ``metrics`` is the line that was added to ``metrics.jsonl``. An exception raised here stops
    the run.
    """
