"""What a verb takes from the command line's context: the installed tasks, and the plugins that follow runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from kit.console import debug, warn
from kit.contract.task import Task
from kit.discovery import Catalogue, discover

if TYPE_CHECKING:
    from kit.training.events import Events


def catalogue() -> Catalogue:
    """Every plugin that can be found; searched for once in a process."""
    meta = click.get_current_context().find_root().meta
    if "kit.catalogue" not in meta:
        meta["kit.catalogue"] = discover(meta.get("kit.plugins", []))
        for plugin, seconds in meta["kit.catalogue"].slow.items():
            warn(
                f"plugin {plugin} takes {seconds:.1f} s to load, in every command; import large libraries in functions"
            )
        debug(f"tasks and their plugins: {dict(meta['kit.catalogue'].sources)}")
    found: Catalogue = meta["kit.catalogue"]
    return found


def find_task(name: str) -> Task:
    """The task of this name, or a KitError."""
    return catalogue().task(name)


def run_events(options: Mapping[str, Any]) -> Events:
    """What happens to a run, told to the plugins and to the trackers of ``--track``."""
    from kit.trackers.hooks import hook_events

    trackers = [*options["trackers"], *(["plot"] if options["plot"] else [])]
    return hook_events(catalogue().manager, trackers, strict=options["strict_hooks"])
