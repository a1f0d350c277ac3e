"""Find plugins: built-in ones, installed ones (entry points of group ``kit``) and folders named by the user.

All come through the same door, one at a time: a plugin that cannot be loaded is listed with its reason and the
others keep working.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import sys
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from kit.contract import hooks
from kit.contract.task import Task
from kit.errors import KitError, PluginError


@dataclass(frozen=True)
class Broken:
    """A plugin that could not be loaded, and why."""

    plugin: str
    where: str
    reason: str


@dataclass
class Catalogue:
    """Every task by name, the plugin each came from, and the broken plugins."""

    manager: pluggy.PluginManager
    tasks: dict[str, Task] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def task(self, name: str) -> Task:
        """The task of this name, or a KitError that names the nearest ones and the broken plugins."""
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


@dataclass(frozen=True)
class Candidate:
    """A plugin that has been found but not loaded yet."""

    name: str
    where: str
    load: Callable[[], object]


def discover(folders: Sequence[Path] = ()) -> Catalogue:
    """Load every plugin: built-in, entry points, ``folders`` and those of ``KIT_PLUGINS`` (``os.pathsep`` apart)."""
    manager = pluggy.PluginManager("kit")
    manager.add_hookspecs(hooks)
    catalogue = Catalogue(manager)
    for candidate in _candidates([*folders, *_folders_of_environment()]):
        try:
            # What a plugin prints while it is imported must not end up in a verb's result.
            with contextlib.redirect_stdout(sys.stderr):
                _register(catalogue, candidate, candidate.load())
        except KitError as error:
            catalogue.broken.append(Broken(candidate.name, candidate.where, str(error)))
        except (Exception, SystemExit) as error:
            catalogue.broken.append(Broken(candidate.name, candidate.where, _reason(error)))
    return catalogue


def _folders_of_environment() -> list[Path]:
    return [Path(part) for part in os.environ.get("KIT_PLUGINS", "").split(os.pathsep) if part]


def _candidates(folders: Sequence[Path]) -> Iterator[Candidate]:
    yield from _built_in()
    for point in sorted(importlib.metadata.entry_points(group="kit"), key=lambda point: point.name):
        where = point.dist.name if point.dist else point.value
        yield Candidate(point.name, f"entry point of {where}", point.load)
    for folder in dict.fromkeys(path.resolve() for path in folders):
        yield from _in_folder(folder)


def _built_in() -> Iterator[Candidate]:
    try:
        package = importlib.import_module("kit_plugins")
    except ModuleNotFoundError:
        return
    for info in pkgutil.iter_modules(package.__path__):
        name = f"kit_plugins.{info.name}"
        yield Candidate(info.name, "built in", partial(importlib.import_module, name))


def _in_folder(folder: Path) -> Iterator[Candidate]:
    if not folder.is_dir():
        raise KitError(
            "the plugin folder does not exist", found=folder, remedy="name a folder that holds plugin folders"
        )
    if (folder / "__init__.py").exists():
        remedy = f"name the folder above it: --plugins {folder.parent}"
        raise KitError("this is a plugin, not a folder of plugins", found=folder, remedy=remedy)
    found = 0
    for path in sorted(folder.iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        if file.suffix == ".py" and file.exists() and not path.name.startswith((".", "_")):
            found += 1
            yield Candidate(path.stem, str(path), partial(_import_file, path, file))
    if not found:
        yield Candidate(folder.name, str(folder), partial(_refuse_empty, folder))


def _refuse_empty(folder: Path) -> object:
    raise PluginError(
        "the folder holds no plugin", expected="NAME.py or NAME/__init__.py", remedy=f"kit new-task NAME {folder}"
    )


def _import_file(path: Path, file: Path) -> ModuleType:
    """Import a plugin that is not on ``sys.path`` under a name that cannot collide with another plugin's."""
    name = f"kit_local_{path.stem}"
    if name in sys.modules and sys.modules[name].__file__ != str(file):
        name += f"_{zlib.crc32(os.fsencode(path)):08x}"  # a plugin of this name in another folder came first
    if name in sys.modules:
        return sys.modules[name]
    inside = [str(path)] if path.is_dir() else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=inside)
    if spec is None or spec.loader is None:
        raise PluginError("the plugin cannot be imported", where=file)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for half_done in [key for key in sys.modules if key == name or key.startswith(name + ".")]:
            del sys.modules[half_done]
        raise
    return module


def _register(catalogue: Catalogue, candidate: Candidate, plugin: object) -> None:
    """Register a plugin if its hooks and tasks are right; leave nothing of it behind if they are not."""
    name = candidate.name
    _refuse_unknown_hooks(name, plugin)
    tasks = _tasks(name, plugin)
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


def _tasks(name: str, plugin: object) -> list[Task]:
    """Ask one plugin by itself, so that one whose hook raises does not stop the call that asks them all."""
    probe = pluggy.PluginManager("kit")
    probe.add_hookspecs(hooks)
    try:
        probe.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise PluginError(f"plugin {name!r}: {error}") from None
    if not probe.hook.kit_tasks.get_hookimpls():
        return []  # a plugin of other hooks, such as a tracker
    # pluggy drops a None, so it is an empty list here.
    tasks = [task for tasks in probe.hook.kit_tasks() for task in _listed(name, tasks)]
    if not tasks:
        raise PluginError(f"plugin {name!r}: hook kit_tasks returned no task", expected="a list of kit.Task")
    return tasks


def _listed(plugin: str, tasks: object) -> list[Task]:
    if isinstance(tasks, Task):
        raise PluginError(
            f"plugin {plugin!r}: hook kit_tasks returned a Task", expected="a list of Task", remedy="return [task]"
        )
    several = isinstance(tasks, Iterable) and not isinstance(tasks, Mapping | str)
    listed: list[Any] = [*tasks] if several else [tasks]  # type: ignore[misc] # `several` says that it is iterable
    for task in listed:
        if not isinstance(task, Task):
            raise PluginError(
                f"plugin {plugin!r}: hook kit_tasks returned something else",
                expected="a list of kit.Task",
                found=f"{type(task).__name__} {task!r}"[:200],
            )
    return listed


def _refuse_unknown_hooks(name: str, plugin: object) -> None:
    """Refuse misspelt hooks (marked functions no hook is named after) and hooks that lack the mark."""
    known = [hook for hook in vars(hooks) if hook.startswith("kit_")]
    attributes = {key: getattr(plugin, key, None) for key in dir(plugin) if not key.startswith("__")}
    functions = {key: value for key, value in attributes.items() if callable(value)}
    marked = {key for key, value in functions.items() if isinstance(getattr(value, "kit_impl", None), dict)}
    for key in sorted(marked - set(known)):
        near = difflib.get_close_matches(key, known, n=1, cutoff=0)
        raise PluginError(f"plugin {name!r}: there is no hook {key!r}", expected=near[0] if near else ", ".join(known))
    unmarked = [key for key in functions if key in known and key not in marked]
    if unmarked:
        raise PluginError(f"plugin {name!r}: hook {unmarked[0]!r} lacks its mark", expected="@kit.hookimpl above it")
    if not marked:
        near = [key for key in functions if key.startswith("kit_")]
        raise PluginError(
            f"plugin {name!r} has no hook",
            expected="a function kit_tasks() marked with @kit.hookimpl",
            found=", ".join(near) or None,
        )


def _reason(error: BaseException) -> str:
    """One line of what went wrong and the line of the plugin where it did."""
    frames = traceback.extract_tb(error.__traceback__)
    here = str(Path(__file__).parents[1])
    outside = [f for f in frames if not f.filename.startswith((here, "<frozen")) and "importlib" not in f.filename]
    place = f" ({outside[-1].filename}:{outside[-1].lineno})" if outside else ""
    return f"{type(error).__name__}: {error}{place}"
