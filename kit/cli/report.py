"""``kit report``."""

from __future__ import annotations

import click

from kit.cli.state import say, task


@click.command()
@click.argument("run")
def report(run: str) -> None:
    """Write a run's HTML page again and print its path.

    RUN is a run's folder or its name.

    Example: kit report 20260131-120000-cnn
    """
    from kit.report import report as write
    from kit.report.evidence import gather
    from kit.runs.run import find

    found = find(run)
    owner = task(found.task_name)
    evidence, missing = gather(owner, found)
    if missing:
        say(f"warning: {missing} The report is written without mistakes, confusion and images.")
    click.echo(write(owner, found.path, evidence, missing=missing))
