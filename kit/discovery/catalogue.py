"""Load every plugin and collect the tasks; a plugin that cannot be loaded is listed with its reason."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pluggy

from kit.contract import hooks
from kit.contract.task import Task
from kit.discovery.registration import tasks_of
from kit.discovery.sources import Candidate, candidates
from kit.errors import KitError, PluginError, with_location


@dataclass(frozen=True)
class Broken:
    """A plugin that could not be loaded, and why."""

    plugin: str
    where: str
    reason: str


@dataclass
class Catalogue:
    """Every task by name, the plugin that defines it, and the broken plugins."""

    manager: pluggy.PluginManager
    tasks: dict[str, Task] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def task(self, name: str) -> Task:
        """Return the task of this name, or raise a KitError with the nearest names and the broken plugins."""
        if name in self.tasks:
            return self.tasks[name]
        near = difflib.get_close_matches(name, self.tasks, n=3)
        broken = [f"{b.plugin} (broken: {b.reason.splitlines()[0]})" for b in self.broken if name in b.plugin]
        raise KitError(
            f"there is no task {name!r}",
            expected=", ".join(near or sorted(self.tasks)) or "a plugin that defines one",
            found="; ".join(broken) or None,
            remedy="kit tasks",
        )


def discover(folders: Sequence[Path] = ()) -> Catalogue:
    """Load the built-in plugins, the installed ones, and those in ``folders`` and in the folders of ``KIT_PLUGINS``.

    ``KIT_PLUGINS`` holds paths separated by ``os.pathsep``.
    """
    manager = pluggy.PluginManager("kit")
    manager.add_hookspecs(hooks)
    catalogue = Catalogue(manager)
    for candidate in candidates([*folders, *_folders_of_environment()]):
        try:
            # Standard output is for results, so what a plugin prints while it is imported goes to standard error.
            with contextlib.redirect_stdout(sys.stderr):
                _register(catalogue, candidate, candidate.load())
        except KitError as error:
            catalogue.broken.append(Broken(candidate.name, candidate.where, str(error)))
        except (Exception, SystemExit) as error:
            catalogue.broken.append(Broken(candidate.name, candidate.where, with_location(error)))
    return catalogue


def _folders_of_environment() -> list[Path]:
    return [Path(part) for part in os.environ.get("KIT_PLUGINS", "").split(os.pathsep) if part]


def _register(catalogue: Catalogue, candidate: Candidate, plugin: object) -> None:
    """Add a plugin and its tasks, all or nothing."""
    name = candidate.name
    tasks = tasks_of(name, plugin)
    for task in tasks:
        if task.name in catalogue.tasks:
            owner = catalogue.sources[task.name]
            raise PluginError(
                f"plugin {name!r}: field 'name' is taken: task {task.name!r} is defined by plugin {owner!r} already",
                remedy="rename one of the two",
            )
    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        raise PluginError(f"plugin {name!r}: field 'name' is used twice", found=", ".join(names))
    catalogue.manager.register(plugin, f"{name} ({candidate.where})")
    for task in tasks:
        catalogue.tasks[task.name] = task
        catalogue.sources[task.name] = name
