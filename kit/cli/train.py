"""``kit train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.options import config_from, data_option, hear, model_option, need_data, training_options
from kit.cli.state import task as find_task
from kit.errors import KitError


@click.command()
@click.argument("task")
@data_option
@model_option
@training_options
@click.option("--resume", metavar="RUN", help="Go on with a run that was stopped, exactly where it was.")
def train(task: str, data: Path | None, resume: str | None, **options: Any) -> None:
    """Train a model on a contest's files; the last line is the run's folder.

    Example: kit train digit_recognizer --data digits/ --folds 5 --epochs 20
    """
    from kit.pipeline import train_run
    from kit.runs import run as runs
    from kit.training import launch

    found = find_task(task)
    if resume is None:
        config, run, folder = config_from(found, options), None, need_data(data, found)
    else:
        _refuse_options(options)
        run = runs.find(resume)
        if run.task_name != found.name:
            raise KitError(f"run {run.name} is of task {run.task_name!r}", expected=found.name)
        config, folder = runs.load_config(run, found), data or Path(run.card["data"])
    if launch.is_wanted(config.device):
        run = run or runs.open_run(found, folder, config, None)
        launch.train(found, run, config.device)
    else:
        run = train_run(found, folder, config, hear, resume=run)
    click.echo(run.path)


def _refuse_options(options: dict[str, Any]) -> None:
    given = sorted(name for name, value in options.items() if value not in (None, ()))
    if given:
        raise KitError(
            "a resumed run keeps its settings",
            found=", ".join(given),
            remedy="leave them out, or train anew without --resume",
        )
