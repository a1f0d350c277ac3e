"""``kit predict``."""

from __future__ import annotations

from pathlib import Path

import click

from kit.cli.options import data_option
from kit.cli.state import any_path, show_outcome
from kit.cli.state import task as find_task
from kit.errors import KitError


@click.command()
@click.argument("run", nargs=-1, required=True)
@data_option
@click.option("--tta", is_flag=True, help="Average over the task's views too (shifts, flips).")
@click.option(
    "--oof", is_flag=True, help="The training part's submission, from the folds that did not see each sample."
)
@click.option("-o", "--output", type=any_path, metavar="FILE", help="Where to write; the run's folder unless told.")
@click.option("--masks", type=any_path, metavar="DIR", help="Write masks as PNG files too (segmentation).")
def predict(
    run: tuple[str, ...], data: Path | None, tta: bool, oof: bool, output: Path | None, masks: Path | None
) -> None:
    """Write the submission of one run, or of several averaged; the last line is the file.

    RUN is a run's folder or its name. Without --data, the data that the (first) run was trained on.

    Example: kit predict 20260131-120000-default --tta -o submission.csv
    """
    from kit import pipeline
    from kit.runs import run as runs

    found = [runs.find(name) for name in dict.fromkeys(run)]
    names = {each.task_name for each in found}
    if len(names) > 1:
        raise KitError("runs of different tasks cannot be averaged", found=", ".join(sorted(names)))
    blends = [each.name for each in found if not (each.path / "config.json").exists()]
    if blends:
        raise KitError("a blend holds no model", found=", ".join(blends), remedy="name the runs that it was made of")
    owner, folder = find_task(names.pop()), data or Path(found[0].card["data"])
    if oof:
        if len(found) > 1 or tta or masks:
            raise KitError("--oof takes one run, without --tta and --masks")
        click.echo(pipeline.predict_held_out(owner, found[0], folder, output))
        return
    outcome = pipeline.predict_runs(owner, found, folder, tta=tta, output=output, masks=masks)
    show_outcome(outcome)
    click.echo(outcome.submission)
