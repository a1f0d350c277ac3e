"""``kit export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from kit.cli.context import find_task
from kit.cli.names import RunName
from kit.cli.options import any_path, data_option
from kit.cli.result import give_result
from kit.console import info
from kit.wording import counted

if TYPE_CHECKING:
    from kit.export import ExportRecord


@click.command("export")
@click.argument("name", type=RunName(), metavar="RUN")
@click.option(
    "-o", "--output", type=any_path, metavar="FILE", help="The file to write; default: TASK.onnx, or the folder TASK."
)
@click.option("--format", type=click.Choice(["onnx", "paddle"]), default="onnx", show_default=True)
@click.option(
    "--folds", metavar="FOLD", help='The fold to export, or "average": all as one network; default: the first.'
)
@data_option
def command(
    name: str, output: Path | None, format: Literal["onnx", "paddle"], folds: str | None, data: Path | None
) -> None:
    """Write a run's network as a file that runs without the kit; the last line is the file.

    The exported network is compared with the run's on real samples, those of --data or of the run, before the file
    appears. FILE.json, or kit.json in the folder of --format paddle, describes what goes in and comes out. ONNX needs
    contest-kit[onnx].

    \b
    Example: kit export latest -o digits.onnx
    """
    from kit.export import export_run
    from kit.export.files import description_path
    from kit.prediction.outputs import refuse_data_as_output, refuse_run_file_as_output
    from kit.runs import find

    run = find(name)
    task = find_task(run.task_name)
    output = output or Path(f"{task.name}.onnx" if format == "onnx" else task.name)
    for file in (output, description_path(output, format)):
        refuse_data_as_output(task, data or Path(run.card.data), file if file.is_file() else None)
        refuse_run_file_as_output(file if file.is_file() else None)
    record = export_run(task, run, output, format=format, folds=folds, data=data)
    described = description_path(output, format)
    fields = {
        "task": record.task,
        "run": record.run,
        "path": output,
        "description": described,
        "model": record.model,
        "folds": record.folds,
        "format": record.format,
        "inputs": record.inputs,
        "outputs": record.outputs,
        "comparison": record.comparison,
    }
    give_result(fields, lambda: _print(record, described), path=output)


def _print(record: ExportRecord, described: Path) -> None:
    compared, folds = record.comparison, counted(len(record.folds), "fold")
    info(f"model {record.model}, {folds}: compared on {counted(compared.samples, 'input')}")
    info(f"largest difference {compared.largest_difference:.1e}; described in {described}")
