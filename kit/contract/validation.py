"""Refuse a ``Task`` whose parts are missing, mistyped or at odds with each other, naming the task and the field."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from kit.contract.format import Column, Format
from kit.errors import PluginError

if TYPE_CHECKING:
    from kit.contract.config import TrainConfig
    from kit.contract.task import Task

Need = Callable[[bool, str, str], None]

_OBJECTIVES = ("classification", "binary")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def check_task(task: Task) -> None:
    """Check every field; raise a PluginError that names the task, the field and what was expected."""
    name = task.name if isinstance(task.name, str) else repr(task.name)

    def need(ok: bool, attribute: str, expected: str) -> None:
        if not ok:
            found = getattr(task, attribute)
            raise PluginError(
                f"task {name!r}: field {attribute!r} is wrong",
                expected=expected,
                found=f"{type(found).__name__} {found!r}"[:200],
            )

    need(isinstance(task.name, str) and bool(_NAME.match(task.name)), "name", "lower-case letters, digits and _")
    need(isinstance(task.title, str) and bool(task.title.strip()), "title", "a line of text")
    _check_format(task, need)
    _check_metric(task, need)
    _check_config(task, need)
    _check_models(task, need)
    _check_functions(task, need)
    _check_card(task, need)


def _check_format(task: Task, need: Need) -> None:
    need(isinstance(task.format, Format), "format", "a kit.Format")
    columns = task.format.columns
    need(isinstance(columns, tuple) and bool(columns), "format", "a tuple of at least one column")
    need(all(isinstance(c, Column) for c in columns), "format", "columns made by integer(), number() or text()")
    need(len({c.name for c in columns}) == len(columns), "format", "columns with names of their own")
    need(task.format.id is None or task.format.id in task.format.names, "format", "an id that is one of the columns")
    need(
        task.format.header in ("required", "optional", "absent"), "format", "header='required', 'optional' or 'absent'"
    )
    need(
        isinstance(task.format.delimiter, str) and len(task.format.delimiter) == 1,
        "format",
        "a delimiter of one character",
    )
    plain = len(task.format.values) == 1 and task.format.id is not None
    need(
        plain or bool(task.writer and task.truth),
        "writer",
        "a writer and a truth, since the format is not an id and one value",
    )


def _check_metric(task: Task, need: Need) -> None:
    from kit.contract.scoring import Metric

    need(isinstance(task.metric, Metric), "metric", "a kit.Metric")
    need(isinstance(task.metric.name, str) and bool(task.metric.name), "metric", "a name")
    need(isinstance(task.metric.higher_is_better, bool), "metric", "higher_is_better=True or False")
    need(callable(task.metric.function), "metric", "a function(y_true, y_pred)")


def _check_config(task: Task, need: Need) -> None:
    from kit.contract.config import TrainConfig

    need(isinstance(task.config, TrainConfig), "config", "a kit.TrainConfig")
    for field, value, kind in _mistyped(task.config):
        need(False, "config", f"{field} of type {kind}, not {value!r}")


def _mistyped(config: TrainConfig) -> Iterator[tuple[str, Any, str]]:
    """Fields whose value is not of the declared type: (name, value, type in words)."""
    hints = typing.get_type_hints(type(config))
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if not _fits(value, hints[field.name]):
            yield field.name, value, str(field.type)


def _fits(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value in typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, choice) for choice in typing.get_args(hint))
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    kind = origin or hint
    return not isinstance(kind, type) or isinstance(value, kind)


def _check_models(task: Task, need: Need) -> None:
    from kit.contract.model import Model, Objective

    models = task.models
    need(isinstance(models, Mapping) and bool(models), "models", "a mapping of at least one name to a builder")
    need(all(isinstance(name, str) and name for name in models), "models", "names that are text")
    need(task.config.model in ("", *models), "config", "model='' or the name of one of the task's models")
    builders = [model.build if isinstance(model, Model) else model for model in models.values()]
    need(all(map(callable, builders)), "models", "builders: functions of the config")
    fields = {field.name for field in dataclasses.fields(task.config)}
    for name, model in models.items():
        unknown = set(model.settings) - fields if isinstance(model, Model) else set()
        need(
            not unknown,
            "models",
            f"settings of {name!r} that are fields of the config, not {', '.join(sorted(unknown))}",
        )
    named = isinstance(task.objective, str) and task.objective in _OBJECTIVES
    need(named or isinstance(task.objective, Objective), "objective", f"an Objective or one of {_OBJECTIVES}")


def _check_functions(task: Task, need: Need) -> None:
    for attribute in ("reader", "sample"):
        need(callable(getattr(task, attribute)), attribute, "a function")
    for item in dataclasses.fields(task):
        optional = "Callable" in str(item.type) and item.default is None
        if optional and getattr(task, item.name) is not None:
            need(callable(getattr(task, item.name)), item.name, "a function or None")


def _check_card(task: Task, need: Need) -> None:
    """Check the fields of the task card: tuples of the right things, so that no text is read letter by letter."""
    from kit.contract.model import View
    from kit.contract.scoring import Reference

    for attribute, kind, words in (
        ("views", View, "kit.View"),
        ("references", Reference, "kit.Reference"),
        ("notes", str, "lines"),
    ):
        value = getattr(task, attribute)
        need(
            isinstance(value, tuple) and all(isinstance(item, kind) for item in value), attribute, f"a tuple of {words}"
        )
    names = [view.name for view in task.views]
    need(len(set(names)) == len(names), "views", "views with names of their own")
    need(isinstance(task.files, Mapping), "files", "a mapping of patterns to meanings")
    whole = isinstance(task.sample_size, int) and not isinstance(task.sample_size, bool)
    need(whole and task.sample_size > 0, "sample_size", "a whole number above 0")
    inside = isinstance(task.answers, str) and task.answers not in ("", ".", "..")
    need(inside and PurePath(task.answers).name == task.answers, "answers", "the name of a file or folder")
