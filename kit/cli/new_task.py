"""``kit new-task``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kit.cli.context import catalogue
from kit.cli.options import any_path
from kit.console import info, output_path
from kit.errors import KitError


@click.command("new-task")
@click.argument("name")
@click.argument("folder", metavar="[DIR]", type=any_path, default=Path())
@click.option("--title", metavar="TEXT", default="", help="The contest's title; default: made from NAME.")
def command(name: str, folder: Path, title: str) -> None:
    """Write a new plugin that already runs.

    It is the folder DIR/NAME (DIR: the current folder by default), ready to be changed, tested and installed.

    \b
    Example: kit new-task plant_leaves contests/
    """
    from kit.discovery import scaffold

    found = catalogue()
    if name in found.tasks:
        raise KitError(
            f"there is a task {name!r} already, from plugin {found.sources[name]!r}", remedy="choose another name"
        )
    written = scaffold.new_task(name, folder, title)
    parent, path = shlex.quote(str(folder)), shlex.quote(str(written))
    info(f"next:\n  kit --plugins {parent} run {name} --sample")
    info(f"  kit --plugins {parent} certify {name}")
    info(f"  pip install -e {path}    (then --plugins is not needed)")
    output_path(written)
