"""``kit sample``."""

from __future__ import annotations

from pathlib import Path

import click

from kit.cli.options import any_path, task_argument
from kit.cli.result import give_result, kit_command
from kit.console import info
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

    samples, answers = size or task.sample_size, folder / task.answers
    make_sample(task, folder, samples, seed)
    give_result(
        {"task": task.name, "path": folder, "answers": answers, "samples": samples, "seed": seed},
        lambda: info(f"answers: {answers}"),
        path=folder,
        next_steps=[kit_command("run", task.name, "--data", folder)],
    )
