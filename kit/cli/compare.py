"""``kit compare``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import find_task, run_events
from kit.cli.names import RunName
from kit.cli.options import (
    any_path,
    config_from,
    data_option,
    parallel_option,
    require_data,
    training_options,
)
from kit.cli.result import give_result, kit_command
from kit.console import info, output, printable, table_text
from kit.contract.task import Task
from kit.errors import KitError
from kit.wording import score_text

if TYPE_CHECKING:  # loaded by those who train
    from kit.experiments import Compared

HEADINGS = ("model", "score", "spread", "folds", "epochs", "parameters", "seconds", "run")


@click.command("compare")
@click.argument("names", type=RunName(), metavar="RUN RUN... | TASK", nargs=-1, required=True)
@data_option
@parallel_option
@click.option("--models", metavar="A,B,...", help="Train these models of TASK, or 'all', on the same split.")
@training_options
@click.option("--markdown", is_flag=True, help="Print a Markdown table of the models.")
@click.option("--html", type=any_path, metavar="FILE", help="Write the comparison of runs as a page, with plots.")
def command(
    names: Sequence[str],
    data: Path | None,
    models: str | None,
    markdown: bool,
    html: Path | None,
    **options: Any,
) -> None:
    """Compare runs sample by sample on what they held out, or train several models of a task on the same split.

    Differences are those from the first run, with 95% interval and p-value: McNemar's for fractions of right rows,
    DeLong's for areas under the ROC curve, else the bootstrap's. With --models, the best model comes first.

    \b
    Example: kit compare latest 20260131-120000-small
    Example: kit compare digit_recognizer --data digits/ --models default,article
    """
    if models is None:
        _refuse_training_options(options | {"markdown": markdown})
        _compare_runs(names, data, html)
    elif len(names) > 1 or html is not None:
        raise click.UsageError("--models trains models of one TASK, and --html is the page of runs that exist.")
    else:
        _compare_models(find_task(names[0]), data, models, options, markdown=markdown)


def _refuse_training_options(options: Mapping[str, Any]) -> None:
    given = sorted(name for name, value in options.items() if value not in (None, (), False))
    if given:
        raise KitError(
            "runs that exist are not trained again",
            found=", ".join(given),
            remedy="leave these options out, or name a task and --models",
        )


def _compare_runs(names: Sequence[str], data: Path | None, html: Path | None) -> None:
    """Print the comparison of runs that exist, and write its page."""
    from kit.cli.comparison_text import print_comparison
    from kit.experiments import compare_trained
    from kit.runs import common_task, distinct, find

    runs = distinct([find(name) for name in names])
    task = find_task(common_task(runs))
    found = compare_trained(task, runs, data)
    if html is not None:
        from kit.report.comparison_page import comparison_page

        comparison_page(task, runs, found, html)
        info(f"wrote {html}")
    give_result(
        {**found.as_dict(), "html": html},
        lambda: print_comparison(found),
        next_steps=[kit_command("blend", *(run.name for run in runs))],
    )


def _compare_models(task: Task, data: Path | None, models: str, options: Mapping[str, Any], *, markdown: bool) -> None:
    """Train the models and print one table."""
    from kit.experiments import compare_models, model_configs

    folder = require_data(data, task)
    names = list(task.models) if models == "all" else [name.strip() for name in models.split(",") if name.strip()]
    configs = model_configs(task, names, lambda name: config_from(task, {**options, "model": name}))
    rows = compare_models(task, folder, configs, run_events(options))
    several = [row.run for row in rows] if len(rows) > 1 else []
    page = [kit_command("compare", *several, "--html", "compare.html")] if several else []
    give_result(
        {"task": task.name, "metric": task.metric.name, "rows": rows},
        lambda: output(_markdown(task, rows)) if markdown else _print_table(task, rows),
        next_steps=[*page, kit_command("predict", rows[0].run)],
    )


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
