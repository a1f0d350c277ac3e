"""The settings of a run: the plugin's, overridden by the model's, then by the command line's; checked."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import math
import textwrap
import types
import typing
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.contract.validation import fits
from kit.errors import KitError


def configure(task: Task, given: Mapping[str, Any], assignments: Sequence[str] = ()) -> TrainConfig:
    """Return the configuration of a run.

    ``given`` holds the options of the command line (None: not given), ``assignments`` the texts ``name=value`` of
    ``--set``. Raises KitError for an unknown name or a value of another type.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not sign:
            raise KitError("a setting has no value", expected="--set name=value", found=assignment)
        chosen[name.strip()] = parse(task, name.strip(), value.strip())
    name, model = task.model(chosen.get("model") or task.config.model)
    defaults = {key: value for key, value in model.settings.items() if key not in chosen}
    for key in defaults:
        _type_of(task, key)
    own = {"schedule": "task"} if task.schedule else {}
    config = dataclasses.replace(task.config, **{**own, **defaults, **chosen, "model": name})
    check_ranges(config)
    if config.schedule == "task" and task.schedule is None:
        raise KitError(f"task {task.name!r} has no schedule of its own", remedy="--set schedule=one_cycle")
    if config.augment_on == "device" and task.augment is None:
        raise KitError(
            f"task {task.name!r} has no augmentation on the device", expected="augment_on=readers", found="device"
        )
    if config.frozen_epochs and model.freeze is None:
        raise KitError(
            f"model {name!r} names nothing to freeze", expected="frozen_epochs=0", found=config.frozen_epochs
        )
    if config.epochs == 0 and model.initialize is None:
        raise KitError("setting 'epochs' is out of range", expected="at least 1 for this model", found=0)
    return config


def parse(task: Task, name: str, value: str) -> Any:
    """Turn a setting's text into a value of its field's type."""
    kind = _type_of(task, name)
    for option in typing.get_args(kind) if _is_union(kind) else (kind,):
        try:
            return _convert(value, option)
        except ValueError:
            continue
    raise KitError(f"setting {name!r} has a value of another type", expected=_in_words(kind), found=value)


def check_types(task: Task, given: Mapping[str, Any]) -> None:
    """Raise KitError for a setting that the task does not have, or a value that is not of the setting's type."""
    for name, value in given.items():
        kind = _type_of(task, name)
        if not fits(value, kind):
            raise KitError(f"setting {name!r} has a value of another type", expected=_in_words(kind), found=repr(value))


def meanings(config: TrainConfig) -> dict[str, str]:
    """Return the description of each setting: the text below its field in the source, in the fields' order."""
    found: dict[str, str] = {}
    for kind in reversed(type(config).__mro__):
        if dataclasses.is_dataclass(kind):
            found |= _texts_below_fields(kind)
    return {field.name: found[field.name] for field in dataclasses.fields(config) if field.name in found}


def _texts_below_fields(kind: type) -> dict[str, str]:
    try:
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except OSError:  # a class without source, made by a function
        return {}
    found = {}
    for pair in pairwise(getattr(definition, "body", [])):
        match pair:
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text)))):
                found[name] = inspect.cleandoc(text)
    return found


def _type_of(task: Task, name: str) -> Any:
    kinds = typing.get_type_hints(type(task.config))
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, n=3)
        raise KitError(
            f"task {task.name!r} has no setting {name!r}",
            expected=", ".join(near or sorted(kinds)),
            remedy=f"kit show {task.name}",
        )
    return kinds[name]


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (types.UnionType, typing.Union)


def _convert(value: str, kind: Any) -> Any:
    if typing.get_origin(kind) is Literal:
        if value in typing.get_args(kind):
            return value
        raise ValueError(value)
    if kind is bool:
        if value.lower() in ("true", "yes", "on", "1"):
            return True
        if value.lower() in ("false", "no", "off", "0"):
            return False
        raise ValueError(value)
    if kind is float:
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(value)
        return number
    if kind in (int, str):
        return kind(value)
    raise ValueError(value)


def _in_words(kind: Any) -> str:
    if typing.get_origin(kind) is Literal:
        return " or ".join(map(str, typing.get_args(kind)))
    if _is_union(kind):
        return " or ".join(_in_words(option) for option in typing.get_args(kind))
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}.get(kind, str(kind))


def check_ranges(config: TrainConfig) -> None:
    """Raise KitError for a number out of its setting's range."""
    limits = {
        "epochs": (0, math.inf),
        "batch_size": (1, math.inf),
        "learning_rate": (1e-12, math.inf),
        "warmup": (0, 1),
        "weight_decay": (0, math.inf),
        "clip_norm": (0, math.inf),
        "label_smoothing": (0, 0.999),
        "ema": (0, 0.999999),
        "plateau_patience": (1, math.inf),
        "plateau_factor": (1e-6, 1),
        "plateau_floor": (0, math.inf),
        "accumulate": (1, math.inf),
        "frozen_epochs": (-1, math.inf),
        "patience": (0, math.inf),
        "confidence": (0, 1),
        "valid_every": (1, math.inf),
        "workers": (-1, 256),
        "skip_bad": (0, math.inf),
        "seed": (0, 2**32 - 1),  # scikit-learn takes no larger one
        "split_seed": (-1, 2**32 - 1),
    }
    for name, (low, high) in limits.items():
        value = getattr(config, name)
        if not low <= value <= high:
            raise KitError(
                f"setting {name!r} is out of range",
                expected=f"{low} to {high}" if high < math.inf else f"at least {low}",
                found=value,
            )
    if isinstance(config.folds, int) and config.folds < 0:
        raise KitError("setting 'folds' is out of range", expected="at least 0, or a name", found=config.folds)
