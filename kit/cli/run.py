"""``kit run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli.config_file import variants_of_file
from kit.cli.context import run_events
from kit.cli.names import RunName, TaskName
from kit.cli.options import (
    config_from,
    data_of_environment,
    data_option,
    model_option,
    parallel_option,
    refuse_resume,
    require_data,
    resumed_run,
    seeds_option,
    training_options,
    tta_option,
)
from kit.cli.output import outcome_fields, outcome_steps, print_outcome
from kit.cli.result import give_result
from kit.cli.variants import refuse_one_run, run_file_variants
from kit.console import info
from kit.contract.requirements import require_installed
from kit.contract.task import Task
from kit.errors import KitError

if TYPE_CHECKING:  # the pipeline is loaded by those who run it
    from kit.contract.config import TrainConfig
    from kit.outcome import Outcome
    from kit.runs import Run
    from kit.training.events import Events


@click.command("run")
@click.argument("task", metavar="[TASK]", type=TaskName(), required=False)
@data_option
@parallel_option
@click.option("--sample", is_flag=True, help="Use a small data set that the task makes, instead of --data.")
@click.option("--size", type=click.IntRange(min=1), metavar="N", help="Training samples of --sample.")
@tta_option
@model_option
@training_options
@seeds_option
@click.option("--resume", type=RunName(), metavar="RUN", help="Continue a run that was stopped, to its end.")
def command(
    task: Task | None,
    data: Path | None,
    sample: bool,
    size: int | None,
    tta: bool,
    seeds: int | None,
    resume: str | None,
    **options: Any,
) -> None:
    """Audit, train, predict, write, check, score if there are answers, rank, report.

    The last line is the run's folder; with variants in the file of --config, that of the best. --folds 5 --seeds 3
    --tta is all in; how long it takes is said before it starts.

    \b
    Example: kit run digit_recognizer --sample
    """
    from kit.experiments import run_seeds
    from kit.pipeline import run_task

    if variants_of_file():
        refuse_one_run(resume, seeds)
        if task is None:
            raise click.UsageError("Missing argument 'TASK'.")
        folder, found = _data_folder(task, data, size, sample=sample), task

        def run_variant(config: TrainConfig, events: Events) -> Run:
            return run_task(found, folder, config, events, tta=tta).run

        run_file_variants(task, folder, options, run_variant, submits=True)
        return
    if seeds is not None and seeds > 1:
        refuse_resume(resume)
        if task is None:
            raise click.UsageError("Missing argument 'TASK'.")
        data = _data_folder(task, data, size, sample=sample)
        _finish(run_seeds(task, data, config_from(task, options), run_events(options), seeds, tta=tta))
        return
    if resume is not None:
        task, run, config = resumed_run(resume, task, {**options, "sample": sample, "size": size})
        data = data or Path(run.card.data)
    elif task is None:
        raise click.UsageError("Missing argument 'TASK'.")
    else:
        run, config = None, config_from(task, options)
        data = _data_folder(task, data, size, sample=sample)
    outcome = run_task(task, data, config, run_events(options), tta=tta, resume=run)
    _finish(outcome)


def _finish(outcome: Outcome) -> None:
    give_result(
        outcome_fields(outcome),
        lambda: print_outcome(outcome),
        path=outcome.run.path,
        next_steps=outcome_steps(outcome),
    )


def _data_folder(task: Task, data: Path | None, size: int | None, *, sample: bool) -> Path:
    """The folder of ``--data``, or that of the sample."""
    from kit.data.sample_folder import cached_sample

    data = data if sample else data or data_of_environment(task)
    require_installed(task)
    if sample == (data is not None):
        raise KitError("give either --data DIR or --sample", remedy=f"kit run {task.name} --sample")
    if size and not sample:
        raise KitError("--size needs --sample")
    if not sample:
        return require_data(data, task)
    folder = cached_sample(task, size or task.sample_size, seed=0)
    info(f"sample: {folder}")
    return folder
