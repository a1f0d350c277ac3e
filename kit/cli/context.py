"""What a verb takes from the command line's context: the installed tasks."""

from __future__ import annotations

import click

from kit.console import warn
from kit.contract.task import Task
from kit.discovery import Catalogue, discover


def catalogue() -> Catalogue:
    """Every plugin that can be found; searched for once in a process."""
    meta = click.get_current_context().find_root().meta
    if "kit.catalogue" not in meta:
        meta["kit.catalogue"] = discover(meta.get("kit.plugins", []))
        for plugin, seconds in meta["kit.catalogue"].slow.items():
            warn(
                f"plugin {plugin} takes {seconds:.1f} s to load, in every command; import large libraries in functions"
            )
    found: Catalogue = meta["kit.catalogue"]
    return found


def find_task(name: str) -> Task:
    """The task of this name, or a KitError."""
    return catalogue().task(name)
