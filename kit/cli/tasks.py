"""``kit tasks``."""

from __future__ import annotations

import click

from kit.cli.state import catalogue, print_json, say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tasks(as_json: bool) -> None:
    """List every task; a broken plugin with its reason.

    Example: kit tasks
    """
    found = catalogue()
    if as_json:
        rows = [{"task": n, "title": t.title, "plugin": found.sources[n]} for n, t in sorted(found.tasks.items())]
        broken = [{"plugin": b.plugin, "where": b.where, "reason": b.reason} for b in found.broken]
        print_json({"tasks": rows, "broken": broken})
        return
    width = max(map(len, found.tasks), default=0)
    for name, task in sorted(found.tasks.items()):
        click.echo(f"{name:<{width}}  {task.title}")
    if not found.tasks:
        say("there is no task: no plugin could be loaded; kit new-task NAME writes one")
    for plugin in found.broken:
        click.echo(f"\nbroken plugin {plugin.plugin} ({plugin.where})\n  {plugin.reason}")
