"""``kit predict``."""

from __future__ import annotations

from pathlib import Path

import click

from kit.cli.context import find_task
from kit.cli.names import RunName
from kit.cli.options import any_path, data_option, parallel_option, tta_option
from kit.cli.output import outcome_fields, outcome_steps, print_outcome
from kit.cli.result import give_result, kit_command
from kit.errors import KitError


@click.command("predict")
@click.argument("names", type=RunName(), metavar="RUN...", nargs=-1, required=True)
@data_option
@parallel_option
@tta_option
@click.option(
    "--oof", is_flag=True, help="Predict the training part instead, each sample by the fold that did not train on it."
)
@click.option("-o", "--output", type=any_path, metavar="FILE", help="The file to write; default: in the run's folder.")
@click.option("--masks", type=any_path, metavar="DIR", help="Write masks as PNG files too (segmentation).")
def command(
    names: tuple[str, ...], data: Path | None, tta: bool, oof: bool, output: Path | None, masks: Path | None
) -> None:
    """Write the submission of one run, or of the average of several; the last line is the file.

    RUN is a run's folder, its name, the start of its name, or "latest". Without --data, the data of the first run are
    used.

    \b
    Example: kit predict 20260131-120000-default --tta -o submission.csv
    """
    from kit import pipeline
    from kit.runs import common_task, distinct, find
    from kit.runs.opening import refuse_blend

    found = distinct([find(name) for name in names])
    name = common_task(found)
    for run in found:
        refuse_blend(run)
    task, folder = find_task(name), data or Path(found[0].card.data)
    if oof:
        if len(found) > 1 or tta or masks:
            raise KitError("--oof takes one run, without --tta and --masks")
        file, run = pipeline.predict_held_out(task, found[0], folder, output), found[0]
        fields = {"task": task.name, "run": run.name, "path": run.path, "submission": file}
        rest = dict.fromkeys(("check", "held_out", "score", "standing", "report"))
        give_result(fields | rest, path=file, next_steps=[kit_command("report", run.name)])
        return
    outcome = pipeline.predict_runs(task, found, folder, tta=tta, output=output, masks=masks)
    give_result(
        outcome_fields(outcome),
        lambda: print_outcome(outcome),
        path=outcome.submission,
        next_steps=outcome_steps(outcome),
    )
