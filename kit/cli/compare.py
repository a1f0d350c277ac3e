"""``kit compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.options import (
    config_from,
    data_option,
    json_option,
    on_epoch_end,
    require_data,
    task_argument,
    training_options,
)
from kit.console import output, output_json
from kit.contract.task import Task
from kit.errors import KitError


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
    from kit import comparison

    folder = require_data(data, task)
    configs = [config_from(task, {**options, "model": name}) for name in _names(task, models)]
    rows = comparison.compare(task, folder, configs, on_epoch_end)
    if as_json:
        output_json({"task": task.name, "metric": task.metric.name, "rows": rows})
    elif markdown:
        output(comparison.markdown(task, rows))
    else:
        comparison.show(task, rows)


def _names(task: Task, models: str) -> list[str]:
    names = list(task.models) if models == "all" else [name.strip() for name in models.split(",") if name.strip()]
    if not names:
        raise KitError("no model is named", expected="--models A,B,... or 'all'", remedy=f"kit show {task.name}")
    return [task.model(name)[0] for name in dict.fromkeys(names)]
