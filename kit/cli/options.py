"""Arguments and options that several verbs share, and the configuration made from them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from kit import console, parallel
from kit.cli.config_file import assignments_of_file, config_option
from kit.cli.context import find_task
from kit.cli.names import Assignment, ModelName, TaskName
from kit.contract.config import TrainConfig
from kit.contract.requirements import require_installed
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs import Run, lasting_name
from kit.trackers import TRACKERS

Function = TypeVar("Function", bound=Callable[..., Any])

CONFIG_OPTIONS = (
    "model",
    "epochs",
    "folds",
    "seed",
    "device",
    "skip_bad",
    "pretrained",
    "pseudo",
    "confidence",
    "extra",
)

TRACKING = ("trackers", "strict_hooks", "plot")

existing_path = click.Path(exists=True, path_type=Path)
existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)
any_path = click.Path(path_type=Path)


class Folds(click.ParamType):  # type: ignore[type-arg]  # generic in newer Clicks only
    """A number of folds, or the name of the contest's own scheme."""

    name = "folds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Convert digits to a number; anything else is a name."""
        try:
            number = int(value)
        except ValueError:
            return str(value)
        return number if number >= 0 else self.fail(f"{value} is not at least 0", param, ctx)


task_argument = click.argument("task", metavar="TASK", type=TaskName())
data_option = click.option("--data", type=existing_path, metavar="DIR", help="The contest's files.")
model_option = click.option(
    "--model", type=ModelName(), metavar="M", help="A model's name; default: the task's first model."
)
tta_option = click.option("--tta", is_flag=True, help="Average over the task's views too (shifts, flips).")


def _work_on(ctx: click.Context, parameter: click.Parameter, text: str | None) -> None:
    if text is not None:
        ctx.with_resource(parallel.chosen_as(text))


parallel_option = click.option(
    "--parallel",
    metavar="N",
    expose_value=False,
    callback=_work_on,
    help="Prepare scans and slides in N processes, or on a cluster: dask://HOST:PORT (also: KIT_PARALLEL).",
)
tracking_options = [
    click.option(
        "--track",
        "trackers",
        multiple=True,
        type=click.Choice(TRACKERS),
        help="Send the metrics to an experiment tracker too (also: KIT_TRACK).",
    ),
    click.option("--plot", is_flag=True, help="Draw the learning curves in the terminal after each epoch."),
    click.option("--strict-hooks", is_flag=True, help="An exception in a plugin's hook ends the run."),
]


def training_options(function: Function) -> Function:
    """Add the options of ``train``, ``run`` and ``compare`` to a verb."""
    options = [
        click.option(
            "--epochs",
            type=click.IntRange(min=0),
            metavar="N",
            help="Passes over the training samples, or over those that the task draws.",
        ),
        click.option(
            "--folds",
            type=Folds(),
            metavar="K",
            help="0: hold nothing out; 1: one held-out part; K: K folds; a name: the contest's own folds.",
        ),
        click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Same seed, same machine: same bytes."),
        click.option("--device", help="auto, cpu, gpu, gpu:0; gpu:0,1 or cpu:2 for two processes."),
        click.option(
            "--skip-bad", type=click.IntRange(min=0), metavar="N", help="Skip up to N unreadable training samples."
        ),
        click.option(
            "--pretrained", type=click.Path(path_type=str), metavar="FILE", help="Safetensors weights to start from."
        ),
        click.option("--pseudo", metavar="RUN", help="Train on this run's confident predictions of the test part too."),
        click.option(
            "--confidence",
            type=click.FloatRange(0, 1),
            metavar="P",
            help="Least probability of --pseudo; default 0.99.",
        ),
        click.option(
            "--extra", type=click.Path(path_type=str), metavar="DIR", help="Train on these labelled data too."
        ),
        click.option(
            "--set",
            "assignments",
            type=Assignment(),
            multiple=True,
            metavar="KEY=VALUE",
            help="Any other setting (kit show TASK).",
        ),
    ]
    for option in reversed([config_option(), *options, *tracking_options]):
        function = option(function)
    return function


def tracked_options(function: Function) -> Function:
    """Add the options of trackers and hooks to a verb that trains."""
    for option in reversed(tracking_options):
        function = option(function)
    return function


seeds_option = click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train N runs on the same folds from N seeds, and average them.",
)


def config_from(task: Task, options: Mapping[str, Any]) -> TrainConfig:
    """The configuration that the options describe, based on the task's defaults."""
    from kit.models.pretrained import default_model

    assignments = [*assignments_of_file(), *options["assignments"]]
    given = {name: options.get(name) for name in CONFIG_OPTIONS}
    if given["model"] is None and not any(text.partition("=")[0].strip() == "model" for text in assignments):
        given["model"], warning = default_model(task)
        if warning:
            console.warn(warning)
    config = configure(task, given, assignments)
    return dataclasses.replace(config, pseudo=lasting_name(config.pseudo)) if config.pseudo else config


def data_of_environment(task: Task) -> Path | None:
    """The folder that ``KIT_DATA_<TASK>`` names, which saves typing ``--data``."""
    folder = os.environ.get(_variable(task))
    if folder and not Path(folder).exists():
        raise KitError("there is no such data", found=folder, where=_variable(task), remedy=f"unset {_variable(task)}")
    return Path(folder) if folder else None


def _variable(task: Task) -> str:
    return f"KIT_DATA_{task.name.upper()}"


def require_data(data: Path | None, task: Task) -> Path:
    """The data folder; without one, a KitError that says how to get it, or what the task lacks first."""
    require_installed(task)
    data = data or data_of_environment(task)
    if data is None:
        raise KitError(
            "no data are given",
            expected=f"--data DIR with the contest's files, or {_variable(task)}=DIR",
            remedy=f"kit sample {task.name} DIR makes a small data set; kit show {task.name} lists the files",
        )
    return data


def refuse_resume(resume: str | None) -> None:
    """Raise KitError for ``--resume`` with ``--seeds``."""
    if resume is not None:
        raise KitError(
            "--resume continues one run", found="--seeds", remedy="resume each run, then kit predict RUN RUN..."
        )


def _written(names: Sequence[str]) -> list[str]:
    """Options as they are typed: ``--set`` for what the code calls assignments."""
    return [param.opts[0] for param in click.get_current_context().command.params if param.name in names]


def resumed_run(name: str, task: Task | None, options: Mapping[str, Any]) -> tuple[Task, Run, TrainConfig]:
    """The run that ``--resume`` names, with its task and configuration, which the options must not change."""
    from kit.runs import find, load_config
    from kit.runs.opening import refuse_blend

    settings = {key: value for key, value in options.items() if key not in TRACKING}
    given = sorted(key for key, value in settings.items() if value not in (None, (), False))
    if given:
        raise KitError(
            "a resumed run keeps its settings",
            found=", ".join(_written(given)),
            remedy="leave them out, or start a new run without --resume",
        )
    run = find(name)
    refuse_blend(run)
    if task is not None and run.task_name != task.name:
        raise KitError(f"run {run.name} is of task {run.task_name!r}", expected=task.name, where=run.path)
    task = task or find_task(run.task_name)
    return task, run, load_config(run, task)
