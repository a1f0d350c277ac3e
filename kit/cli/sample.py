"""``kit sample``."""

from __future__ import annotations

from pathlib import Path

import click

from kit.cli.options import any_path, task_argument
from kit.console import info, output_path
from kit.contract.task import Task


@click.command("sample")
@task_argument
@click.argument("folder", metavar="DIR", type=any_path)
@click.option(
    "--size", type=click.IntRange(min=1), metavar="N", help="Training samples; the test part has a quarter as many."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    default=0,
    show_default=True,
    help="Same seed, same bytes.",
)
def command(task: Task, folder: Path, size: int | None, seed: int) -> None:
    """Write a small data set in the contest's own layout, with the answers.

    \b
    Example: kit sample digit_recognizer digits/ --size 400
    """
    from kit.data.sample_folder import make_sample

    make_sample(task, folder, size or task.sample_size, seed)
    info(f"answers: {folder / task.answers}; next: kit run {task.name} --data {folder}")
    output_path(folder)
