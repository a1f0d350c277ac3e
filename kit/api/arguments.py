"""What the functions take: tasks, runs, paths and settings, as names or as objects."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.api.results import RunResult
from kit.contract.config import TrainConfig
from kit.contract.task import Task

if TYPE_CHECKING:
    from kit.runs import Run
    from kit.training.events import Events

PathLike = str | os.PathLike[str]
TaskLike = str | Task
RunLike = str | os.PathLike[str] | RunResult


def sample_folder(task: Task, size: int | None) -> Path:
    """The folder of the task's sample, made once and kept in the cache."""
    from kit.data.sample_folder import cached_sample

    return cached_sample(task, size or task.sample_size, seed=0)


def configured(task: Task, settings: Mapping[str, Any]) -> TrainConfig:
    """The configuration; a value of another type than the setting's is refused as on the command line."""
    from kit.console import warn
    from kit.contract.settings import check_types, configure
    from kit.models.pretrained import default_model
    from kit.runs import lasting_name

    given = dict(settings)
    if given.get("model") is None:
        given["model"], warning = default_model(task)
        if warning:
            warn(warning)
    check_types(task, given)
    config = configure(task, given)
    return dataclasses.replace(config, pseudo=lasting_name(config.pseudo)) if config.pseudo else config


def events_of(plugins: Sequence[PathLike]) -> Events:
    """Events that call the hooks of the plugins and of the trackers that ``KIT_TRACK`` names."""
    from kit.discovery import discover
    from kit.trackers.hooks import hook_events

    return hook_events(discover([Path(folder) for folder in plugins]).manager)


def find_run(run: RunLike) -> Run:
    """The run of this name, folder or result."""
    from kit.runs import find

    return run.run if isinstance(run, RunResult) else find(Path(run) if isinstance(run, os.PathLike) else run)


def find_runs(given: Sequence[RunLike], plugins: Sequence[PathLike]) -> tuple[Task, list[Run]]:
    """The task of these runs, each run once. Raises KitError for runs of several tasks.

    The task is that of a result among them, which need not be a plugin's, or the one of this name.
    """
    from kit.discovery import discover
    from kit.runs import common_task, distinct

    runs = distinct([find_run(each) for each in given])
    name = common_task(runs)
    known = next((each.task for each in given if isinstance(each, RunResult)), None)
    return known or discover([Path(folder) for folder in plugins]).task(name), runs
