"""Laws of the task card: what it names can be imported, and nothing that ``kit show`` prints is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from kit.certify.context import Context, Law, require
from kit.contract.lazy import Lazy


def names_resolve(context: Context) -> None:
    """Import every function that the task names with ``lazy``."""
    for field, lazy in _lazies(context.task):
        try:
            found = lazy.resolve()
        except Exception as error:
            require(False, f"field {field!r}: {lazy.target} cannot be imported: {type(error).__name__}: {error}")
        require(callable(found), f"field {field!r}: {lazy.target} is not a function")


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
    Law("the task card lists the expected files and the source of every reference", card_is_complete),
)
