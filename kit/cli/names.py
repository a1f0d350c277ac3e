"""Types of arguments that a shell completes: tasks, runs, models and settings. Completion never fails aloud."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem, split_arg_string

from kit.cli.context import catalogue, find_task
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs.finding import LATEST, every_run


class TaskName(click.ParamType):  # type: ignore[type-arg]  # generic in newer Clicks only
    """A task's name, converted to the task."""

    name = "task"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Task:
        """Find the task; raises a KitError that names the nearest ones, or those of a file that was given instead."""
        if isinstance(value, Task):
            return value
        tasks = catalogue().tasks
        if value not in tasks and _takes_file(ctx) and Path(value).is_file():
            from kit.cli.missing_task import missing_task

            raise missing_task(Path(value), str(value), tasks)
        return find_task(str(value))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The tasks, each with its title."""
        with _quietly(ctx):
            tasks = catalogue().tasks.items()
            return [CompletionItem(name, help=task.title) for name, task in tasks if name.startswith(incomplete)]
        return []


class RunName(click.ParamType):  # type: ignore[type-arg]
    """A run's name or folder, as text."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Leave it as it is: :func:`kit.runs.find` finds the run."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The runs, newest first, and ``latest``; paths are completed as files."""
        if "/" in incomplete or incomplete.startswith("."):
            return [CompletionItem(incomplete, type="file")]
        with _quietly(ctx):
            runs = [CompletionItem(run.name, help=run.path.parent.name) for run in reversed(every_run())]
            found = [CompletionItem(LATEST, help="the newest run"), *runs] if runs else []
            return [item for item in found if item.value.startswith(incomplete)]
        return []


class ModelName(click.ParamType):  # type: ignore[type-arg]
    """The name of one of the task's models, as text."""

    name = "model"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Leave it as it is: the task refuses an unknown model."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The models of the task that was typed before."""
        with _quietly(ctx):
            task = _typed_task(ctx)
            models = [(name, task.model(name)[1].meaning) for name in task.models] if task else []
            return [CompletionItem(name, help=text) for name, text in models if name.startswith(incomplete)]
        return []


class Assignment(click.ParamType):  # type: ignore[type-arg]
    """``name=value`` of a setting, as text."""

    name = "assignment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Leave it as it is: :func:`kit.contract.settings.configure` reads it."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The settings of the task that was typed before, each with its default."""
        with _quietly(ctx):
            task = _typed_task(ctx)
            values = dataclasses.asdict(task.config).items() if task else ()
            return [
                CompletionItem(f"{name}=", help=f"default {value}")
                for name, value in values
                if name.startswith(incomplete) and isinstance(value, bool | int | float | str)
            ]
        return []


def _takes_file(ctx: click.Context | None) -> bool:
    """Whether the verb takes a FILE after the task."""
    params = ctx.command.params if ctx is not None else ()
    return any(isinstance(each, click.Argument) and each.name == "file" for each in params)


def _typed_task(ctx: click.Context) -> Task | None:
    """The task among the words typed so far; Click does not parse them where the last option has no value yet."""
    task = ctx.params.get("task")
    if isinstance(task, Task):
        return task
    typed = split_arg_string(os.environ.get("COMP_WORDS", ""))
    return next((found for word in typed if (found := catalogue().tasks.get(word))), None)


@contextlib.contextmanager
def _quietly(ctx: click.Context) -> Iterator[None]:
    """A broken plugin or an unreadable folder completes nothing, instead of writing into the user's line."""
    with contextlib.suppress(KitError, OSError), ctx.scope(cleanup=False):
        yield
