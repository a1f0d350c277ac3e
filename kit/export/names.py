"""The names of an exported network's inputs and outputs: what a reader of the file alone would call them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.task import Task
from kit.export.description import layout

BY_LAYOUT = {"NCHW": "image", "NHWC": "image", "NCDHW": "volume", "NF": "features"}
BY_OBJECTIVE = {
    "classification": "probabilities",
    "binary": "probability",
    "multilabel": "probabilities",
    "regression": "numbers",
}


def input_names(network: Any, batch: Any) -> list[str]:
    """Names for the arrays of a batch, in order: the keys of a dictionary, the parameters of ``forward`` for a tuple,
    and what a single array is by its shape."""
    if isinstance(batch, Mapping):
        return distinct(map(str, batch))
    if isinstance(batch, tuple):
        found = list(inspect.signature(network.forward).parameters.values())
        plain = len(found) >= len(batch) and all(each.kind is each.POSITIONAL_OR_KEYWORD for each in found)
        return distinct(each.name for each in found[: len(batch)]) if plain else numbered("input", len(batch))
    return [BY_LAYOUT.get(layout(np.shape(batch)) or "", "input")]


def output_names(task: Task, inputs: Sequence[str], count: int) -> list[str]:
    """Names for so many outputs, by the task's objective; none is that of an input."""
    own = BY_OBJECTIVE.get(task.objective, "prediction") if isinstance(task.objective, str) else "prediction"
    return distinct([*inputs, *numbered(own, count)])[len(inputs) :]


def numbered(name: str, count: int) -> list[str]:
    """The name itself for one, else with numbers from 0.

    >>> numbered("input", 1), numbered("input", 2)
    (['input'], ['input_0', 'input_1'])
    """
    return [name] if count == 1 else [f"{name}_{index}" for index in range(count)]


def distinct(names: Iterable[str]) -> list[str]:
    """Names of letters, digits and underscores only, with underscores added to those that were there before.

    >>> distinct(["left eye", "left_eye", "age"])
    ['left_eye', 'left_eye_', 'age']
    """
    found: list[str] = []
    for name in names:
        name = re.sub(r"[^0-9A-Za-z_]", "_", name) or "_"
        while name in found:
            name += "_"
        found.append(name)
    return found


def with_output_names(content: bytes, names: Sequence[str]) -> bytes:
    """An ONNX model whose outputs have these names, in order, as its file's content."""
    import onnx

    model = onnx.load_model_from_string(content)
    new = dict(zip((output.name for output in model.graph.output), names, strict=True))
    taken = set(new.values()) & (_values(model.graph) - new.keys())
    new |= {name: f"{name}_inner" for name in taken}
    _rename(model.graph, new)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _values(graph: Any) -> set[str]:
    """The names of all values of a graph."""
    return {name for node in graph.node for name in (*node.input, *node.output)}


def _rename(graph: Any, new: Mapping[str, str]) -> None:
    """Rename values of a graph, and of the graphs inside of it, which may use them."""
    for value in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        value.name = new.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [new.get(name, name) for name in node.input]
        node.output[:] = [new.get(name, name) for name in node.output]
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs) if attribute.HasField("g") else attribute.graphs:
                _rename(inner, new)
