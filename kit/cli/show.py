"""``kit show``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.context import catalogue
from kit.cli.layers import layers_as_dict, layers_text, model_layers
from kit.cli.names import Assignment
from kit.cli.options import existing_path, model_option, task_argument
from kit.cli.result import give_result, kit_command
from kit.cli.task_card import card_sections, task_card
from kit.console import output
from kit.contract.settings import configure
from kit.contract.task import Task


@click.command("show")
@task_argument
@model_option
@click.option("--data", type=existing_path, metavar="DIR", help="With --model: shapes for these data.")
@click.option(
    "--set", "assignments", type=Assignment(), multiple=True, metavar="KEY=VALUE", help="With --model: a setting."
)
def command(task: Task, model: str | None, data: Path | None, assignments: tuple[str, ...]) -> None:
    """Show a task's card: expected files, submission format, metric and direction, models, defaults.

    With --model, a table of the network's layers: what each returns for one sample, and how many weights it has.

    \b
    Example: kit show digit_recognizer
    Example: kit show digit_recognizer --model lenet
    """
    if model is not None:
        _show_layers(task, model, data, assignments)
        return
    if data is not None or assignments:
        raise click.UsageError("--data and --set go with --model.")
    card = task_card(task, catalogue().sources[task.name])
    give_result(
        card, lambda: _print(card), next_steps=[kit_command("run", task.name, "--sample")] if task.sample else []
    )


def _print(card: dict[str, Any]) -> None:
    output(f"{card['title']}\n")
    for heading, lines in card_sections(card):
        output(heading)
        for line in lines:
            output(f"  {line}")
        output()


def _show_layers(task: Task, model: str, data: Path | None, assignments: tuple[str, ...]) -> None:
    config = configure(task, {"model": model}, assignments)
    table = model_layers(task, config, data)
    give_result(layers_as_dict(task, config, table), lambda: output(layers_text(task, config, table)))
