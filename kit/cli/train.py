"""``kit train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.options import (
    config_from,
    data_option,
    model_option,
    on_epoch_end,
    require_data,
    task_argument,
    training_options,
)
from kit.console import output_path
from kit.contract.task import Task
from kit.errors import KitError


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
    from kit.runs import find, load_config

    if resume is None:
        config, run, folder = config_from(task, options), None, require_data(data, task)
    else:
        _refuse_options(options)
        run = find(resume)
        if run.task_name != task.name:
            raise KitError(f"run {run.name} is of task {run.task_name!r}", expected=task.name, where=run.path)
        config, folder = load_config(run, task), data or Path(run.card.data)
    run = train_run(task, folder, config, on_epoch_end, resume=run)
    output_path(run.path)


def _refuse_options(options: dict[str, Any]) -> None:
    given = sorted(name for name, value in options.items() if value not in (None, ()))
    if given:
        raise KitError(
            "a resumed run keeps its settings",
            found=", ".join(given),
            remedy="leave them out, or start a new run without --resume",
        )
