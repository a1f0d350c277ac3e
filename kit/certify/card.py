"""Laws of the task card: what it names can be imported, and nothing that ``kit show`` prints is missing."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any

import numpy as np

from kit.certify.context import Context, Law, require
from kit.contract.lazy import Lazy
from kit.contract.task import Task
from kit.contract.validation import OPTIONAL_FUNCTIONS, REQUIRED_FUNCTIONS


def names_resolve(context: Context) -> None:
    """Import every function that the task names with ``lazy``."""
    for field, lazy in _lazies(context.task):
        try:
            found = lazy.resolve()
        except Exception as error:
            require(False, f"field {field!r}: {lazy.target} cannot be imported: {type(error).__name__}: {error}")
        require(callable(found), f"field {field!r}: {lazy.target} is not a function")


def functions_take_their_arguments(context: Context) -> None:
    """Require that every function of the task can be called with the arguments of its protocol."""
    hints = typing.get_type_hints(Task)
    for field in (*REQUIRED_FUNCTIONS, *OPTIONAL_FUNCTIONS):
        value = getattr(context.task, field)
        if value is None:
            continue
        expected = list(inspect.signature(_protocol(hints[field]).__call__).parameters)[1:]  # without self
        function = value.resolve() if isinstance(value, Lazy) else value
        try:
            found = inspect.signature(function)
        except ValueError:  # a function written in C
            continue
        try:
            found.bind(*expected)
        except TypeError:
            require(False, f"field {field!r} is called with ({', '.join(expected)}), the function has {found}")


def _protocol(hint: Any) -> Any:
    """Return the protocol of a field such as ``Example[Any] | None``."""
    options = [option for option in typing.get_args(hint) if option is not type(None)]
    kind = options[0] if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union else hint
    return typing.get_origin(kind) or kind


def _lazies(value: Any, field: str = "task") -> Iterator[tuple[str, Lazy]]:
    if isinstance(value, Lazy):
        yield field, value
    elif dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            yield from _lazies(getattr(value, item.name), item.name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _lazies(inner, f"{field}[{key!r}]")
    elif isinstance(value, tuple | list):
        for position, inner in enumerate(value):
            yield from _lazies(inner, f"{field}[{position}]")


def card_is_complete(context: Context) -> None:
    """Require what ``kit show`` prints: the expected files, and the split and source of every reference."""
    task = context.task
    require(task.files, "field 'files' is empty: kit show must say which files a user needs")
    for reference in task.references:
        complete = reference.split.strip() and reference.source.strip()
        require(complete, f"field 'references': {reference.name!r} lacks its split or its source")
        require(np.isfinite(reference.score), f"field 'references': {reference.name!r} has no finite score")


CARD = (
    Law("every function that the task names can be imported", names_resolve),
    Law("every function takes the arguments that the kit passes", functions_take_their_arguments),
    Law("the task card lists the expected files and the source of every reference", card_is_complete),
)
