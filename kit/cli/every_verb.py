"""The options that every verb has, and the command ``kit`` itself: --plugins, --json, --quiet, --verbose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.document import current_document, typed_verb
from kit.console import at_level


def add_options(command: click.Command) -> click.Command:
    """Add the options to a verb, and to the verbs that it holds; those that it has already stay."""
    for each in (command, *getattr(command, "commands", {}).values()):
        names = {parameter.name for parameter in each.params}
        each.params.extend(option for option in options() if option.name not in names)
    return command


def options() -> list[click.Option]:
    """New options; all are read before a task's name is looked up."""
    quiet = _option(["--quiet", "-q"], _choose_level, "Print results, warnings and errors only (also: KIT_LOG=quiet).")
    verbose = _option(["--verbose", "-v"], _choose_level, "Print details and tracebacks too (also: KIT_LOG=debug).")
    as_json = _option(["--json"], _choose_json, "Print one JSON document; docs/json.md lists its keys.")
    return [_plugins_option(), as_json, quiet, verbose]


def _option(names: list[str], callback: Any, text: str) -> click.Option:
    return click.Option(names, is_flag=True, expose_value=False, is_eager=True, callback=callback, help=text)


def _plugins_option() -> click.Option:
    return click.Option(
        ["--plugins"],
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_add_plugins,
        help="A folder that holds plugins (also: KIT_PLUGINS).",
    )


def _add_plugins(ctx: click.Context, parameter: click.Parameter, folders: tuple[Path, ...]) -> None:
    ctx.find_root().meta.setdefault("kit.plugins", []).extend(folders)


def _choose_level(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
    if not given:
        return
    root, name = ctx.find_root(), "quiet" if parameter.name == "quiet" else "debug"
    if root.meta.setdefault("kit.level", name) != name:
        raise click.UsageError("--quiet and --verbose exclude each other", ctx)
    root.with_resource(at_level(name))


def _choose_json(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
    """Begin the document at the verb itself; ``kit --json VERB`` and ``kit VERB --json`` are the same."""
    meta = ctx.find_root().meta
    meta["kit.json"] = given or meta.get("kit.json", False)
    if ctx.parent is not None and not isinstance(ctx.command, click.Group):
        current_document().begin(typed_verb(ctx), wanted=meta["kit.json"])
