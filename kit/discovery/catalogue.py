"""Load every plugin and collect the tasks; a plugin that cannot be loaded is listed with its reason."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pluggy

from kit.console import info, warn
from kit.contract import hooks
from kit.contract.task import Task
from kit.discovery.registration import tasks_of
from kit.discovery.sources import Candidate, candidates, check_folder
from kit.errors import KitError, PluginError, with_location

SLOW = 1.0  # seconds


@dataclass(frozen=True)
class Broken:
    """A plugin that could not be loaded, and why."""

    plugin: str
    where: str
    reason: str


@dataclass
class Catalogue:
    """Every task by name and its plugin, the broken plugins, and how many seconds the slow ones take to load."""

    manager: pluggy.PluginManager
    tasks: dict[str, Task] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    origins: dict[str, Candidate] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)

    def task(self, name: str) -> Task:
        """Return the task of this name, or raise a KitError with the nearest names and the broken plugins."""
        if name in self.tasks:
            return self.tasks[name]
        part = name.lower().replace("-", "_").rstrip("s")
        near = [task for task in sorted(self.tasks) if part and part in task]
        near = near or difflib.get_close_matches(name.lower(), self.tasks, n=3)
        broken = [f"{b.plugin} (broken: {b.reason.splitlines()[0]})" for b in self.broken if name in b.plugin]
        raise KitError(
            f"there is no task {name!r}",
            expected=", ".join(near or sorted(self.tasks)) or "a plugin that defines one",
            found="; ".join(broken) or None,
            remedy="kit tasks" if near else "kit tasks; name the folder of a plugin of your own: kit --plugins FOLDER",
        )


def discover(folders: Sequence[Path] = ()) -> Catalogue:
    """Load the plugins in ``folders`` and in the folders of ``KIT_PLUGINS``, the built-in ones and the installed ones.

    ``KIT_PLUGINS`` holds paths separated by ``os.pathsep``. If two plugins define a task of one name, that in a folder
    is used instead of the built-in or installed one, and a message says so. Raises KitError for one of ``folders`` that
    is no folder of plugins; one of ``KIT_PLUGINS`` is listed as broken.
    """
    manager = pluggy.PluginManager("kit")
    manager.add_hookspecs(hooks)
    catalogue = Catalogue(manager)
    usable = [folder for folder in folders_of_environment() if _is_usable(folder, catalogue)]
    for candidate in candidates([*folders, *usable]):
        started = time.process_time()
        try:
            # Standard output is for results, so what a plugin prints while it is imported goes to standard error.
            with contextlib.redirect_stdout(sys.stderr):
                _register(catalogue, candidate, candidate.load())
        except KitError as error:
            catalogue.broken.append(Broken(candidate.name, candidate.where, str(error)))
        except (Exception, SystemExit) as error:
            catalogue.broken.append(Broken(candidate.name, candidate.where, with_location(error)))
        if (seconds := time.process_time() - started) > SLOW:
            catalogue.slow[candidate.name] = seconds
    return catalogue


def folders_of_environment() -> list[Path]:
    """Return the folders that ``KIT_PLUGINS`` names, as absolute paths."""
    parts = os.environ.get("KIT_PLUGINS", "").split(os.pathsep)
    return [Path(part).expanduser().absolute() for part in parts if part]


def _is_usable(folder: Path, catalogue: Catalogue) -> bool:
    """Whether a folder of ``KIT_PLUGINS`` can be searched. An old setting must not stop every command."""
    try:
        check_folder(folder)
        next(folder.iterdir(), None)
    except (KitError, OSError) as error:
        reason = str(error).splitlines()[0] if isinstance(error, KitError) else str(error.strerror).lower()
        warn(f"KIT_PLUGINS names {folder}: {reason}")
        catalogue.broken.append(Broken(folder.name, f"KIT_PLUGINS={folder}", reason))
        return False
    return True


def _register(catalogue: Catalogue, candidate: Candidate, plugin: object) -> None:
    """Add a plugin and its tasks, all or nothing."""
    name = candidate.name
    tasks = tasks_of(name, plugin)
    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        raise PluginError(f"plugin {name!r}: field 'name' is used twice", found=", ".join(names))
    tasks = [task for task in tasks if not _is_replaced(catalogue, candidate, task)]
    catalogue.manager.register(plugin, f"{name} ({candidate.where})")
    for task in tasks:
        catalogue.tasks[task.name] = task
        catalogue.sources[task.name] = name
        catalogue.origins[task.name] = candidate


def _is_replaced(catalogue: Catalogue, candidate: Candidate, task: Task) -> bool:
    """Whether a plugin in a folder that the user named replaces this built-in or installed task."""
    if task.name not in catalogue.tasks:
        return False
    owner = catalogue.origins[task.name]
    if owner.origin == "folder" and candidate.origin != "folder":
        info(f"task {task.name} is that of {owner.where}, not the one of plugin {candidate.name} ({candidate.where})")
        return True
    taken = f"task {task.name!r} is defined by plugin {owner.name!r} already"
    raise PluginError(
        f"plugin {candidate.name!r}: field 'name' is taken: {taken}",
        remedy="rename one of the two",
    )
