"""``kit train``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kit.cli.config_file import variants_of_file
from kit.cli.context import run_events
from kit.cli.names import RunName
from kit.cli.options import (
    config_from,
    data_option,
    model_option,
    parallel_option,
    refuse_resume,
    require_data,
    resumed_run,
    seeds_option,
    task_argument,
    training_options,
)
from kit.cli.result import give_result, kit_command
from kit.cli.variants import refuse_one_run, run_file_variants
from kit.contract.task import Task
from kit.cpu import cores
from kit.runs import Run


@click.command("train")
@task_argument
@data_option
@parallel_option
@model_option
@training_options
@seeds_option
@click.option("--resume", type=RunName(), metavar="RUN", help="Continue a run that was stopped, to the same bytes.")
def command(task: Task, data: Path | None, seeds: int | None, resume: str | None, **options: Any) -> None:
    """Train a model on a contest's files; the last line is the run's folder.

    With --seeds, the last line is the folder of the runs' average; kit predict takes the runs, whose names are printed.

    \b
    Example: kit train digit_recognizer --data digits/ --folds 5 --epochs 20
    """
    from kit.experiments import train_seeds
    from kit.pipeline import train_run

    if variants_of_file():
        refuse_one_run(resume, seeds)
        files = require_data(data, task)
        run_file_variants(
            task, files, options, lambda config, events: train_run(task, files, config, events), submits=False
        )
        return
    if seeds is not None and seeds > 1:
        refuse_resume(resume)
        average, runs = train_seeds(
            task, require_data(data, task), config_from(task, options), run_events(options), seeds
        )
        _finish(average, runs)
        return
    if resume is None:
        config, run, folder = config_from(task, options), None, require_data(data, task)
    else:
        _, run, config = resumed_run(resume, task, options)
        folder = data or Path(run.card.data)
    run = train_run(task, folder, config, run_events(options), resume=run)
    _finish(run, [run])


def _finish(run: Run, members: Sequence[Run]) -> None:
    """Print the run's folder, or that of the average of several runs."""
    summary, names = run.find_summary(), [each.name for each in members]
    fields = {
        "task": run.task_name,
        "run": run.name,
        "path": run.path,
        "members": names,
        "metric": None if summary is None else summary.metric,
        "score": None if summary is None else summary.mean,
        "spread": None if summary is None else summary.spread,
        "folds": [] if summary is None else summary.folds,
    }
    alone = cores.processes() == 1  # else the command that started the processes says what is next
    give_result(fields, path=run.path, next_steps=[kit_command("predict", *names)] if alone else [])
