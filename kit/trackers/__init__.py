"""Experiment trackers: plugins of the hooks that a user switches on with ``--track`` or ``KIT_TRACK``."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

import pluggy

from kit.errors import KitError

TRACKERS = ("tensorboard", "mlflow")


def register(manager: pluggy.PluginManager, names: Iterable[str]) -> None:
    """Register trackers by name. Raises KitError if the library of one is not installed."""
    for name in names:
        if manager.has_plugin(f"tracker {name}"):
            continue
        try:
            module = importlib.import_module(f"kit.trackers.{name}_tracker")
        except ModuleNotFoundError as error:
            raise KitError(
                f"the tracker {name!r} is not installed", found=error, remedy=f"pip install 'contest-kit[{name}]'"
            ) from None
        manager.register(module.Tracker(), f"tracker {name}")
