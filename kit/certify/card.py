"""Laws of the task card: everything it names is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from kit.certify.context import Bench, Law, need
from kit.contract.lazy import Lazy


def names_resolve(bench: Bench) -> None:
    """Import every function that the task names with ``lazy``."""
    for field, lazy in _lazies(bench.task):
        try:
            found = lazy.resolve()
        except Exception as error:
            need(False, f"field {field!r}: {lazy.target} cannot be imported: {type(error).__name__}: {error}")
        need(callable(found), f"field {field!r}: {lazy.target} is not a function")


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
        for place, inner in enumerate(value):
            yield from _lazies(inner, f"{field}[{place}]")


def card_is_complete(bench: Bench) -> None:
    """Ask for what ``kit show`` prints: the files that are expected, and the split and source of every reference."""
    task = bench.task
    need(task.files, "field 'files' is empty: kit show must say which files a user needs")
    for reference in task.references:
        said = reference.split.strip() and reference.source.strip()
        need(said, f"field 'references': {reference.name!r} lacks its split or its source")
        need(np.isfinite(reference.score), f"field 'references': {reference.name!r} has no finite score")


CARD = (
    Law("every function that the task names can be imported", names_resolve),
    Law("the task card says which files are expected and where references come from", card_is_complete),
)
