"""``kit sample``."""

from __future__ import annotations

from pathlib import Path

import click

from kit.cli.state import any_path, say
from kit.cli.state import task as find_task


@click.command()
@click.argument("task")
@click.argument("folder", metavar="DIR", type=any_path)
@click.option(
    "--size", type=click.IntRange(min=1), metavar="N", help="Training samples; the test part is a quarter of it."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same bytes.")
def sample(task: str, folder: Path, size: int | None, seed: int) -> None:
    """Write a small data set in the contest's own layout, with the hidden answers.

    Example: kit sample digit_recognizer digits/ --size 400
    """
    from kit.data.reading import make_sample

    found = find_task(task)
    make_sample(found, folder, size or found.sample_size, seed)
    say(f"answers: {folder / found.answers}; next: kit run {found.name} --data {folder}")
    click.echo(folder)
