"""``kit run``."""

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
    tta_option,
)
from kit.cli.output import print_outcome
from kit.console import info, output_path
from kit.contract.task import Task
from kit.errors import KitError


@click.command("run")
@task_argument
@data_option
@click.option("--sample", is_flag=True, help="Use a small data set that the task makes, instead of --data.")
@click.option("--size", type=click.IntRange(min=1), metavar="N", help="Training samples of --sample.")
@tta_option
@model_option
@training_options
def command(task: Task, data: Path | None, sample: bool, size: int | None, tta: bool, **options: Any) -> None:
    """Audit, train, predict, write, check, score if there are answers, rank, report.

    The last line is the run's folder.

    \b
    Example: kit run digit_recognizer --sample
    """
    from kit.data.sample_folder import cached_sample
    from kit.pipeline import run_task

    if sample == (data is not None):
        raise KitError("give either --data DIR or --sample", remedy=f"kit run {task.name} --sample")
    if size and not sample:
        raise KitError("--size needs --sample")
    config = config_from(task, options)
    if sample:
        data = cached_sample(task, size or task.sample_size, seed=0)
        info(f"sample: {data}")
    outcome = run_task(task, require_data(data, task), config, on_epoch_end, tta=tta)
    print_outcome(outcome)
    output_path(outcome.run.path)
