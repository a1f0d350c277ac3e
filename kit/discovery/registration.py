"""Check a loaded plugin's hooks and ask it for its tasks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from kit.contract import hooks
from kit.contract.task import Task
from kit.errors import PluginError


def tasks_of(name: str, plugin: object) -> list[Task]:
    """Return a plugin's tasks, or raise a PluginError that says what is wrong with its hooks or with what they return.

    The plugin is asked by itself: pluggy's call to all plugins would stop at the first one that raises.
    """
    _check_hooks(name, plugin)
    probe = pluggy.PluginManager("kit")
    probe.add_hookspecs(hooks)
    try:
        probe.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise PluginError(f"plugin {name!r}: {error}") from None
    if not probe.hook.kit_tasks.get_hookimpls():
        return []  # a plugin of other hooks, such as a tracker
    # pluggy leaves out a hook's None, so the result is an empty list then.
    tasks = [task for returned in probe.hook.kit_tasks() for task in _as_list(name, returned)]
    if not tasks:
        raise PluginError(f"plugin {name!r}: hook kit_tasks returned no task", expected="a list of kit.Task")
    return tasks


def _as_list(plugin: str, returned: object) -> list[Task]:
    if isinstance(returned, Task):
        raise PluginError(
            f"plugin {plugin!r}: hook kit_tasks returned a Task", expected="a list of Task", remedy="return [task]"
        )
    several = isinstance(returned, Iterable) and not isinstance(returned, Mapping | str)
    tasks: list[Any] = [*returned] if several else [returned]  # type: ignore[misc] # `several`: it is iterable
    for task in tasks:
        if not isinstance(task, Task):
            raise PluginError(
                f"plugin {plugin!r}: hook kit_tasks returned something else",
                expected="a list of kit.Task",
                found=f"{type(task).__name__} {task!r}"[:200],
            )
    return tasks


def _check_hooks(name: str, plugin: object) -> None:
    """Refuse a plugin without hooks, with a marked function that is no hook, or with a hook that is not marked."""
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
        similar = [key for key in functions if key.startswith("kit_")]
        raise PluginError(
            f"plugin {name!r} has no hook",
            expected="a function kit_tasks() marked with @kit.hookimpl",
            found=", ".join(similar) or None,
        )
