"""``kit config``."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from pathlib import Path

import click

from kit.cli.options import any_path, model_option, task_argument
from kit.cli.result import give_result, kit_command
from kit.console import output
from kit.contract.config import TrainConfig
from kit.contract.settings import configure, meanings
from kit.contract.task import Task

WIDTH = 100
VARIANTS = (
    "",
    "# Variants: each is a run with these settings instead, on the same folds, and the runs are compared.",
    "#[[variant]]",
    '#name = "as above"',
    "#[[variant]]",
    '#name = "slower"',
    "#learning_rate = 0.0001",
)


@click.command("config")
@task_argument
@model_option
@click.option("-o", "--output", "file", type=any_path, metavar="FILE", help="Write the file instead of printing it.")
def command(task: Task, model: str | None, file: Path | None) -> None:
    """Print a TOML file of all settings with their defaults, for --config of run, train, compare and tune.

    Every line is a comment: remove the # of what you change. What is typed on the command line wins over the file.

    \b
    Example: kit config digit_recognizer -o experiment.toml
    """
    from kit.files import write_text

    config = configure(task, {"model": model})
    text = _text(task, config)
    if file is not None:
        write_text(file, text)
    give_result(
        {"task": task.name, "model": config.model, "path": file, "settings": dataclasses.asdict(config)},
        None if file else lambda: output(text.rstrip()),
        path=file,
        next_steps=[kit_command("run", task.name, "--config", file, "--sample")] if file and task.sample else [],
    )


def _text(task: Task, config: TrainConfig) -> str:
    described, lines = meanings(config), [f"# Settings of {task.name}: {task.title}", "", '#data = "DIR"']
    for name, value in dataclasses.asdict(config).items():
        if not isinstance(value, bool | int | float | str):
            continue
        lines.append("")
        lines += textwrap.wrap(described.get(name, ""), WIDTH, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"#{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join([*lines, *VARIANTS]) + "\n"
