"""``kit compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kit.cli.options import config_from, data_option, hear, need_data, training_options
from kit.cli.state import print_json
from kit.cli.state import task as find_task
from kit.contract.task import Task


@click.command()
@click.argument("task")
@data_option
@click.option("--models", required=True, metavar="A,B,...", help="The models' names; 'all' for every one.")
@training_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
def compare(task: str, data: Path | None, models: str, as_json: bool, markdown: bool, **options: Any) -> None:
    """Train several models on the same split; one table, the best first.

    Example: kit compare digit_recognizer --data digits/ --models default,article
    """
    from kit import comparison

    found = find_task(task)
    folder = need_data(data, found)
    names = _names(found, models)
    configs = [config_from(found, {**options, "model": name}) for name in names]
    rows = comparison.compare(found, folder, configs, hear)
    if as_json:
        print_json({"task": found.name, "metric": found.metric.name, "rows": rows})
    elif markdown:
        click.echo(comparison.markdown(found, rows))
    else:
        comparison.show(found, rows)


def _names(task: Task, models: str) -> list[str]:
    names = list(task.models) if models == "all" else [name.strip() for name in models.split(",") if name.strip()]
    return [task.model(name)[0] for name in dict.fromkeys(names)]
