"""``kit run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.options import config_from, data_option, hear, model_option, need_data, training_options
from kit.cli.state import say, show_outcome
from kit.cli.state import task as find_task
from kit.errors import KitError


@click.command()
@click.argument("task")
@data_option
@click.option("--sample", is_flag=True, help="Run on the task's own small data set instead.")
@click.option("--size", type=click.IntRange(min=1), metavar="N", help="Training samples of --sample.")
@click.option("--tta", is_flag=True, help="Average over the task's views too (shifts, flips).")
@model_option
@training_options
def run(task: str, data: Path | None, sample: bool, size: int | None, tta: bool, **options: Any) -> None:
    """Do everything: audit, train, predict, write, check, score where answers exist, rank, report.

    The last line is the run's folder.

    Example: kit run digit_recognizer --sample
    """
    from kit.data.reading import cached_sample
    from kit.pipeline import run_task

    found = find_task(task)
    if sample == (data is not None):
        raise KitError("give either --data DIR or --sample", remedy=f"kit run {found.name} --sample")
    if size and not sample:
        raise KitError("--size goes with --sample")
    config = config_from(found, options)
    if sample:
        data = cached_sample(found, size or found.sample_size, seed=0)
        say(f"sample: {data}")
    outcome = run_task(found, need_data(data, found), config, hear, tta=tta)
    show_outcome(outcome)
    click.echo(outcome.run.path)
