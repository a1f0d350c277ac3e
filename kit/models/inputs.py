"""A batch of inputs passed to a network: one tensor, several by position or by name, or all of them at once."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from kit.data.inputs import is_row
from kit.device import paddle
from kit.errors import KitError

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
MOST_EXPORTED = 6  # inputs


def outputs_of(layer: Any, batch: Any) -> Any:
    """What a network returns for a batch of inputs, see :func:`call`."""
    return call(layer, as_tensors(batch))


def call(layer: Any, inputs: Any) -> Any:
    """Call a network with tensors.

    ``forward`` gets a dictionary by the names of its parameters and a tuple by position; one that has a single
    parameter of another name gets the whole.
    """
    if isinstance(inputs, Mapping):
        return layer(**inputs) if _takes(layer, set(inputs)) else layer(inputs)
    if isinstance(inputs, tuple):
        return layer(inputs) if _parameters(layer) == 1 else layer(*inputs)
    return layer(inputs)


def as_tensors(batch: Any) -> Any:
    """A batch as tensors in the same structure. Raises KitError for texts and tables."""
    if isinstance(batch, Mapping):
        return {name: as_tensors(part) for name, part in batch.items()}
    if isinstance(batch, tuple):
        return tuple(map(as_tensors, batch))
    if is_row(batch) or np.asarray(batch).dtype.kind not in "biuf":
        raise KitError(
            "a network takes numbers",
            expected="arrays of numbers from Task.example",
            found="a table" if is_row(batch) else f"values such as {np.asarray(batch).flat[0]!r}"[:80],
            remedy="turn texts and categories into numbers in example",
        )
    return paddle.to_tensor(batch)


def as_arrays(batch: Any) -> tuple[np.ndarray, ...] | None:
    """The arrays of a batch in order; None for tables, nested structures and more than are exported."""
    parts = list(batch.values()) if isinstance(batch, Mapping) else list(batch) if isinstance(batch, tuple) else [batch]
    if len(parts) > MOST_EXPORTED or not all(isinstance(part, np.ndarray) for part in parts):
        return None
    return tuple(parts)


class Flattened(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """A network of several inputs, given as a dictionary or a tuple, as one that takes them by position."""

    def __init__(self, layer: Any, batch: Any) -> None:
        super().__init__()
        self.layer = layer
        self.names = list(batch) if isinstance(batch, Mapping) else []
        self.count = len(batch)

    def forward(self, a: Any, b: Any = None, c: Any = None, d: Any = None, e: Any = None, f: Any = None) -> Any:
        """Return the network's outputs for inputs (N, ...)."""
        inputs = (a, b, c, d, e, f)[: self.count]
        named = dict(zip(self.names, inputs))  # noqa: B905  an export does not know strict
        return self.layer(named if self.names else inputs)


def _takes(layer: Any, names: set[str]) -> bool:
    found = inspect.signature(layer.forward).parameters
    return names <= found.keys() or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in found.values())


def _parameters(layer: Any) -> int:
    """How many inputs ``forward`` needs; 0 if it takes any number."""
    found = inspect.signature(layer.forward).parameters.values()
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in found):
        return 0
    return sum(each.kind in POSITIONAL and each.default is inspect.Parameter.empty for each in found)
