"""``kit show``."""

from __future__ import annotations

import click

from kit.cli.context import catalogue
from kit.cli.options import json_option, task_argument
from kit.cli.task_card import card_sections, task_card
from kit.console import output, output_json
from kit.contract.task import Task


@click.command("show")
@task_argument
@json_option
def command(task: Task, as_json: bool) -> None:
    """Show a task's card: expected files, submission format, metric and direction, models, defaults.

    \b
    Example: kit show digit_recognizer
    """
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
