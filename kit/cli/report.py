"""``kit report``."""

from __future__ import annotations

import click

from kit.cli.context import find_task
from kit.cli.names import RunName
from kit.cli.result import give_result, kit_command
from kit.console import warn


@click.command("report")
@click.argument("name", type=RunName(), metavar="RUN")
def command(name: str) -> None:
    """Write a run's HTML page again and print its path.

    RUN is a run's folder, its name, the start of its name, or "latest".

    \b
    Example: kit report 20260131-120000-cnn
    """
    from kit.report import gather, report, training_samples
    from kit.runs import find

    run = find(name)
    task = find_task(run.task_name)
    samples, missing = training_samples(task, run)
    evidence, missing = gather(task, run, samples) if samples is not None else (None, missing)
    if missing:
        warn(f"{missing} The report is written without mistakes, confusion matrix and images.")
    page = report(task, run.path, evidence, missing=missing, samples=samples)
    give_result(
        {"task": task.name, "run": run.name, "path": page, "missing": missing or None},
        path=page,
        next_steps=[kit_command("leaderboard", task.name)],
    )
