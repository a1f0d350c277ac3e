"""The options that ``train``, ``run`` and ``compare`` share, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from kit.cli.state import catalogue, existing_path
from kit.contract.config import TrainConfig
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs.run import Run

Function = TypeVar("Function", bound=Callable[..., Any])

COMMON = ("model", "epochs", "folds", "seed", "device", "skip_bad", "pretrained")


class Folds(click.ParamType):  # type: ignore[type-arg]  # generic in newer Clicks only
    """A number of folds or the name of the contest's own scheme."""

    name = "folds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Take digits as a number, anything else as a name."""
        try:
            number = int(value)
        except ValueError:
            return str(value)
        return number if number >= 1 else self.fail(f"{value} is not at least 1", param, ctx)


def training_options(function: Function) -> Function:
    """Add train's options to a verb."""
    positive = click.IntRange(min=1)
    options = [
        click.option("--epochs", type=positive, help="How many times each training sample is shown."),
        click.option("--folds", type=Folds(), metavar="K", help="1: one held-out part; K folds; or a scheme's name."),
        click.option("--seed", type=click.IntRange(min=0), help="Same seed, same machine: same bytes."),
        click.option("--device", help="auto, cpu, gpu, gpu:0 or gpu:0,1."),
        click.option(
            "--skip-bad", type=click.IntRange(min=0), metavar="N", help="Pass over up to N unreadable samples."
        ),
        click.option(
            "--pretrained", type=click.Path(path_type=str), metavar="FILE", help="Safetensors weights to start from."
        ),
        click.option(
            "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Any other setting (kit show TASK)."
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


data_option = click.option("--data", type=existing_path, metavar="DIR", help="The contest's files.")
model_option = click.option("--model", metavar="M", help="A model's name; the task's first unless told.")


def config_from(task: Task, options: Mapping[str, Any]) -> TrainConfig:
    """The configuration that the options ask for."""
    return configure(task, {name: options.get(name) for name in COMMON}, options["assignments"])


def hear(run: Run, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
    """Tell the plugins that listen of an epoch's end."""
    catalogue().manager.hook.kit_epoch_ended(run=run.path, fold=fold, epoch=epoch, metrics=metrics)


def need_data(data: Path | None, task: Task) -> Path:
    """The data folder, or an error that says how to get one."""
    if data is None:
        raise KitError(
            "no data are given",
            expected="--data DIR with the contest's files",
            remedy=f"kit sample {task.name} DIR makes a small data set; kit show {task.name} lists the files",
        )
    return data
