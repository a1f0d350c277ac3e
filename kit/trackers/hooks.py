"""What happens to a run, told to the hooks of the plugins and to the trackers that the user names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pluggy

from kit.console import warn
from kit.errors import KitError, with_location
from kit.runs import Run
from kit.trackers import TRACKERS, register
from kit.training.events import Events, State


def hook_events(manager: pluggy.PluginManager, trackers: Sequence[str] = (), *, strict: bool = False) -> Events:
    """Events that call the hooks of every plugin, and of the trackers named here and by ``KIT_TRACK``.

    With ``strict``, an exception of a hook ends the run.
    """
    named = [name.strip() for name in os.environ.get("KIT_TRACK", "").split(",") if name.strip()]
    for name in named:
        if name not in TRACKERS:
            raise KitError("KIT_TRACK names no tracker", expected=", ".join(TRACKERS), found=name)
    register(manager, dict.fromkeys([*trackers, *named]))
    hooks = Hooks(manager, strict=strict)
    return Events(hooks.run_started, hooks.epoch_ended, hooks.run_ended)


class Hooks:
    """Calls one hook of all plugins. An exception is a warning, once for each plugin and hook, unless ``strict``."""

    def __init__(self, manager: pluggy.PluginManager, *, strict: bool) -> None:
        self._manager, self._strict = manager, strict
        self._warned: set[tuple[str, str]] = set()

    def run_started(self, run: Run) -> None:
        """Training begins or goes on."""
        self._call("kit_run_started", run=run.path, config=run.config)

    def epoch_ended(self, run: Run, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        """An epoch has ended."""
        self._call("kit_epoch_ended", run=run.path, fold=fold, epoch=epoch, metrics=metrics)

    def run_ended(self, run: Run, state: State) -> None:
        """The command has done all that it does with the run."""
        self._call("kit_run_ended", run=run.path, state=state, scores=_scores(run))

    def _call(self, name: str, *, run: Path, **arguments: Any) -> None:
        """Call each plugin by itself: pluggy's own call would stop at the first exception."""
        given = {"run": run, **arguments}
        for implementation in getattr(self._manager.hook, name).get_hookimpls():
            try:
                implementation.function(**{key: given[key] for key in implementation.argnames})
            except Exception as error:
                plugin = str(implementation.plugin_name)
                if self._strict:
                    raise
                if (plugin, name) not in self._warned:
                    self._warned.add((plugin, name))
                    warn(f"{name} of {plugin} failed, the run goes on: {with_location(error)}")


def _scores(run: Run) -> dict[str, float]:
    """What is known of a run's scores."""
    try:
        summary, score = run.find_summary(), run.score
    except KitError:
        return {}
    found = {
        "held_out": summary.mean if summary else None,
        "held_out_spread": summary.spread if summary else None,
        "score": score.score if score else None,
    }
    return {name: value for name, value in found.items() if value is not None}
