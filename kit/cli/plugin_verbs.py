"""The verbs that plugins add (hook ``kit_commands``), with the options and the JSON document of the kit's own."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable, Mapping
from typing import Any

import click

from kit.cli.context import catalogue
from kit.cli.result import give_result
from kit.console import warn
from kit.errors import KitError, PluginError, with_location


def plugin_verbs(taken: Container[str]) -> dict[str, click.Command]:
    """The commands of all plugins by name; names that are ``taken`` and repeated ones are left out with a warning."""
    found: dict[str, click.Command] = {}
    for hook in catalogue().manager.hook.kit_commands.get_hookimpls():
        for command in _commands(hook.plugin_name, hook.function):
            if command.name is None or command.name in taken or command.name in found:
                warn(f"plugin {hook.plugin_name}: verb {command.name!r} is left out, as there is one of this name")
            else:
                found[command.name] = _giving_results(command)
    return found


def _commands(plugin: str, function: Any) -> list[click.Command]:
    """What a plugin's hook returns; a broken one is a warning, as the kit's own verbs do not need it."""
    try:
        returned = function()
    except Exception as error:
        warn(f"plugin {plugin}: hook kit_commands stopped with {with_location(error)}")
        return []
    several = isinstance(returned, Iterable) and not isinstance(returned, str | Mapping)
    commands = list(returned) if several else [returned]
    wrong = [command for command in commands if not isinstance(command, click.Command)]
    if wrong:
        warn(f"plugin {plugin}: hook kit_commands returned {type(wrong[0]).__name__}, not a list of click.Command")
    return [command for command in commands if isinstance(command, click.Command)]


def _giving_results(command: click.Command) -> click.Command:
    for each in (command, *getattr(command, "commands", {}).values()):
        if (
            each.callback is not None
            and not isinstance(each, click.Group)
            and not hasattr(each.callback, "__wrapped__")
        ):
            each.callback = _giving_result(each.name or "", each.callback)
    return command


def _giving_result(name: str, callback: Any) -> Any:
    @functools.wraps(callback)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            fields = callback(*arguments, **options)
        except (KitError, OSError, click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            raise PluginError(f"verb {name!r} of a plugin stopped with {with_location(error)}") from error
        if fields is not None and not isinstance(fields, Mapping):
            raise PluginError(
                f"verb {name!r} of a plugin returned {type(fields).__name__}", expected="a mapping or None"
            )
        give_result(fields or {})

    return run
