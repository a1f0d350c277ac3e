"""``kit train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.context import run_events
from kit.cli.options import (
    config_from,
    data_option,
    model_option,
    require_data,
    resumed_run,
    task_argument,
    training_options,
)
from kit.console import output_path
from kit.contract.task import Task


@click.command("train")
@task_argument
@data_option
@model_option
@training_options
@click.option("--resume", metavar="RUN", help="Continue a run that was stopped, to the same bytes.")
def command(task: Task, data: Path | None, resume: str | None, **options: Any) -> None:
    """Train a model on a contest's files; the last line is the run's folder.

    \b
    Example: kit train digit_recognizer --data digits/ --folds 5 --epochs 20
    """
    from kit.pipeline import train_run

    if resume is None:
        config, run, folder = config_from(task, options), None, require_data(data, task)
    else:
        _, run, config = resumed_run(resume, task, options)
        folder = data or Path(run.card.data)
    run = train_run(task, folder, config, run_events(options), resume=run)
    output_path(run.path)
