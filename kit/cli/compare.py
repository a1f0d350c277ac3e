"""``kit compare``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import run_events
from kit.cli.options import (
    config_from,
    data_option,
    json_option,
    require_data,
    task_argument,
    training_options,
)
from kit.console import output, output_json, printable, table_text
from kit.contract.task import Task
from kit.errors import KitError
from kit.wording import score_text

if TYPE_CHECKING:  # loaded by those who train
    from kit.pipeline import Compared

HEADINGS = ("model", "score", "spread", "folds", "epochs", "parameters", "seconds", "run")


@click.command("compare")
@task_argument
@data_option
@click.option("--models", required=True, metavar="A,B,...", help="The models' names, or 'all'.")
@training_options
@json_option
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
def command(task: Task, data: Path | None, models: str, as_json: bool, markdown: bool, **options: Any) -> None:
    """Train several models on the same split and print one table, the best model first.

    --json prints {"task", "metric", "rows": [{"model", "score", "spread", "details", "folds", "epochs", "parameters",
    "seconds", "run"}]}.

    \b
    Example: kit compare digit_recognizer --data digits/ --models default,article
    """
    from kit.pipeline import compare_models

    folder = require_data(data, task)
    configs = [config_from(task, {**options, "model": name}) for name in _names(task, models)]
    rows = compare_models(task, folder, configs, run_events(options))
    if as_json:
        output_json({"task": task.name, "metric": task.metric.name, "rows": [dataclasses.asdict(row) for row in rows]})
    elif markdown:
        output(_markdown(task, rows))
    else:
        _print_table(task, rows)


def _names(task: Task, models: str) -> list[str]:
    names = list(task.models) if models == "all" else [name.strip() for name in models.split(",") if name.strip()]
    if not names:
        raise KitError("no model is named", expected="--models A,B,... or 'all'", remedy=f"kit show {task.name}")
    return [task.model(name)[0] for name in dict.fromkeys(names)]


def _cells(row: Compared) -> list[str]:
    return [_cell(heading, getattr(row, heading)) for heading in HEADINGS]


def _cell(heading: str, value: Any) -> str:
    if value is None:
        return "-"
    if heading in ("score", "spread"):
        return score_text(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _markdown(task: Task, rows: Sequence[Compared]) -> str:
    """The table in Markdown."""
    names = [task.metric.name if heading == "score" else heading for heading in HEADINGS]
    lines = [names, ["---"] * len(names), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _print_table(task: Task, rows: Sequence[Compared]) -> None:
    """Print the table on standard output."""
    from rich.table import Table
    from rich.text import Text

    output(f"{task.name}: held-out {task.metric.name}, the same split for all")
    table = Table()
    for heading in HEADINGS:
        table.add_column(task.metric.name if heading == "score" else heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell, one_line=True)) for cell in _cells(row)))
    output(table_text(table))
