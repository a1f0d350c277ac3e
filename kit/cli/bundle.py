"""``kit bundle``."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import click

from kit.cli.context import catalogue
from kit.cli.names import RunName
from kit.cli.options import any_path
from kit.cli.result import give_result
from kit.console import info

PYTHON = re.compile(r"3\.\d{1,2}")


def _version(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not PYTHON.fullmatch(value):
        raise click.BadParameter(f"{value} is no version of Python such as 3.11")
    return value


@click.command("bundle")
@click.argument("names", type=RunName(), metavar="RUN...", nargs=-1, required=True)
@click.option("-o", "--output", "folder", type=any_path, metavar="DIR", required=True, help="The new folder to write.")
@click.option(
    "--wheels",
    "python",
    metavar="X.Y",
    callback=_version,
    help="Add the wheels of all dependencies for this Python on Linux (needs the internet).",
)
def command(names: tuple[str, ...], folder: Path, python: str | None) -> None:
    """Gather all that a notebook without internet needs to predict with a run; the last line is the folder.

    The folder holds the kit's wheel, the task's plugin if it is not built in, the models and cards of the runs (several
    are averaged), pretrained weights that a model is built on, and predict.ipynb, also as predict.py, made for Kaggle:
    it finds the bundle below /kaggle/input, which it only reads, installs from it and writes the submission.

    What must be there: PaddlePaddle and the kit's other dependencies. The list of packages of Kaggle's image pins
    older versions of scikit-learn and matplotlib than the kit needs, and does not name paddlepaddle, skops or
    simplejpeg. --wheels adds all.

    \b
    Example: kit bundle latest -o bundle/ --wheels 3.11
    """
    from kit.bundling import write_bundle
    from kit.runs import common_task, distinct, find

    runs = distinct([find(name) for name in names])
    found = catalogue()
    task = found.task(common_task(runs))
    bundle = write_bundle(task, runs, found.origins[task.name], folder, python=python)
    if python is None:
        info("without the wheels of its dependencies: --wheels 3.11 adds them for Python 3.11")
    info(f"Kaggle: upload {folder} as a dataset, add it and the contest's data to a notebook, run predict.ipynb")
    give_result({"path": folder, **dataclasses.asdict(bundle)}, path=folder)
