"""``kit show``."""

from __future__ import annotations

from pathlib import Path

import click

from kit.cli.context import catalogue
from kit.cli.layers import layers_as_dict, layers_text, model_layers
from kit.cli.names import Assignment
from kit.cli.options import existing_path, json_option, model_option, task_argument
from kit.cli.task_card import card_sections, task_card
from kit.console import output, output_json
from kit.contract.settings import configure
from kit.contract.task import Task


@click.command("show")
@task_argument
@model_option
@click.option("--data", type=existing_path, metavar="DIR", help="With --model: shapes for these data.")
@click.option(
    "--set", "assignments", type=Assignment(), multiple=True, metavar="KEY=VALUE", help="With --model: a setting."
)
@json_option
def command(task: Task, model: str | None, data: Path | None, assignments: tuple[str, ...], as_json: bool) -> None:
    """Show a task's card: expected files, submission format, metric and direction, models, defaults.

    With --model, a table of the network's layers: what each returns for one sample, and how many weights it has. --json
    then prints {"task", "model", "inputs": [{"name", "shape"}], "layers": [{"name", "kind", "output", "weights"}],
    "weights", "trainable"}.

    \b
    Example: kit show digit_recognizer
    Example: kit show digit_recognizer --model lenet
    """
    if model is not None:
        _show_layers(task, model, data, assignments, as_json=as_json)
        return
    if data is not None or assignments:
        raise click.UsageError("--data and --set go with --model.")
    card = task_card(task, catalogue().sources[task.name])
    if as_json:
        output_json(card)
        return
    output(f"{card['title']}\n")
    for heading, lines in card_sections(card):
        output(heading)
        for line in lines:
            output(f"  {line}")
        output()


def _show_layers(task: Task, model: str, data: Path | None, assignments: tuple[str, ...], *, as_json: bool) -> None:
    config = configure(task, {"model": model}, assignments)
    table = model_layers(task, config, data)
    if as_json:
        output_json(layers_as_dict(task, config, table))
    else:
        output(layers_text(task, config, table))
