"""The hooks of a plugin. Implement one as a function of the same name, marked with ``@kit.hookimpl``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
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
def kit_commands() -> Iterable[click.Command]:  # type: ignore[empty-body]
    """Return further verbs of ``kit``, as Click commands; a verb of the kit's own name is left out.

    It is called by ``kit --help`` and for a verb that is none of the kit's: import what the commands need inside it.
    Each command has ``--json``, ``--quiet`` and ``--verbose`` too; it returns the keys of its JSON document, a mapping,
    prints with :mod:`kit.console`, and raises :class:`~kit.errors.KitError`.
    """


@hookspec
def kit_run_started(run: Path, config: Mapping[str, Any]) -> None:
    """Called when training begins or, with ``--resume``, goes on; ``config`` holds the settings of ``config.json``.

    An exception raised by this hook or one of the following is a warning and does not end the run, unless
    ``--strict-hooks`` is given.
    """


@hookspec
def kit_epoch_ended(run: Path, fold: int, epoch: int, metrics: Mapping[str, float]) -> None:
    """Called after every epoch, for instance to send its metrics to an experiment tracker.

    ``epoch`` counts from 1; ``metrics`` is the line that was added to ``metrics.jsonl``.
    """


@hookspec
def kit_run_ended(run: Path, state: str, scores: Mapping[str, float]) -> None:
    """Called when the command has done all it does with the run: ``kit train`` trained it, ``kit run`` scored it too.

    ``state`` is ``finished``, ``stopped`` (Ctrl-C, SIGTERM) or ``failed``. ``scores`` holds what is known: ``held_out``
    (the mean of the folds), ``held_out_spread`` and ``score`` (against the answers). A process that is killed calls
    nothing.
    """
