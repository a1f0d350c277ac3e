"""``kit tasks``."""

from __future__ import annotations

import click

from kit.cli.context import catalogue
from kit.cli.options import json_option
from kit.console import info, output, output_json
from kit.contract.requirements import install_command


@click.command("tasks")
@json_option
def command(as_json: bool) -> None:
    """List every task, and every plugin that cannot be loaded with its reason.

    A task that lacks packages is followed by the command that installs them.

    --json prints {"tasks": [{"task", "title", "plugin", "install"}], "broken": [{"plugin", "where", "reason"}]};
    "install" is that command, or "".

    \b
    Example: kit tasks
    """
    found = catalogue()
    tasks = sorted(found.tasks.items())
    if as_json:
        rows = [
            {"task": name, "title": task.title, "plugin": found.sources[name], "install": install_command(task)}
            for name, task in tasks
        ]
        broken = [{"plugin": each.plugin, "where": each.where, "reason": each.reason} for each in found.broken]
        output_json({"tasks": rows, "broken": broken})
        return
    width = max(map(len, found.tasks), default=0)
    for name, task in tasks:
        install = install_command(task)
        output(f"{name:<{width}}  {task.title}{f' (first: {install})' if install else ''}")
    if not tasks:
        info("there is no task: no plugin could be loaded; kit new-task NAME writes one")
    for each in found.broken:
        output(f"\nbroken plugin {each.plugin} ({each.where})\n  {each.reason}")
