"""Everything the kit asks of a plugin, as documented empty functions. Implement with ``@kit.hookimpl``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pluggy

from kit.contract.task import Task

hookspec = pluggy.HookspecMarker("kit")
hookimpl = pluggy.HookimplMarker("kit")


@hookspec
def kit_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Return the tasks that this plugin defines: usually one, several where a contest has rounds or tracks.

    Called once at start-up, so keep it cheap: name readers and models with :func:`kit.lazy` instead of importing them.
    """


@hookspec
def kit_epoch_ended(run: Path, fold: int, epoch: int, metrics: Mapping[str, float]) -> None:
    """Hear that an epoch has ended, for instance to pass its metrics to an experiment tracker.

    ``epoch`` counts from 1; ``metrics`` holds the line that was added to ``metrics.jsonl``. An exception raised here
    ends the run like any other.
    """
