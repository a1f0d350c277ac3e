"""``kit tasks``."""

from __future__ import annotations

import click

from kit.cli.context import catalogue
from kit.cli.result import give_result, kit_command
from kit.console import info, output
from kit.contract.requirements import install_command
from kit.discovery import Catalogue


@click.command("tasks")
def command() -> None:
    """List every task, and every plugin that cannot be loaded with its reason.

    A task that lacks packages is followed by the command that installs them.

    \b
    Example: kit tasks
    """
    found = catalogue()
    rows = [
        {"task": name, "title": task.title, "plugin": found.sources[name], "install": install_command(task)}
        for name, task in sorted(found.tasks.items())
    ]
    broken = [{"plugin": each.plugin, "where": each.where, "reason": each.reason} for each in found.broken]
    ready = [row["task"] for row in rows if not row["install"] and found.tasks[row["task"]].sample]
    steps = [kit_command("run", name, "--sample") for name in ready[:1]]
    give_result({"tasks": rows, "broken": broken}, lambda: _print(found), next_steps=steps)


def _print(found: Catalogue) -> None:
    width = max(map(len, found.tasks), default=0)
    for name, task in sorted(found.tasks.items()):
        install = install_command(task)
        output(f"{name:<{width}}  {task.title}{f' (first: {install})' if install else ''}")
    if not found.tasks:
        info("there is no task: no plugin could be loaded; kit new-task NAME writes one")
    for each in found.broken:
        output(f"\nbroken plugin {each.plugin} ({each.where})\n  {each.reason}")
