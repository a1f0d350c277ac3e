"""What an exported network takes and gives, and what surrounds it, in the words of the task's own functions."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.lazy import Lazy
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import KitError
from kit.export.record import Observed, Postprocessing, Preprocessing, TensorSpec
from kit.models.transfer import TransferNetwork
from kit.runs.schema import as_json
from kit.scoring.default_rows import default_writer, writer_of

ACTIVATIONS = {
    "classification": "softmax over the classes",
    "binary": "sigmoid",
    "multilabel": "a sigmoid for each label",
    "regression": "none",
}
IMAGE_CHANNELS = (1, 3, 4)


def tensor_spec(name: str, arrays: Sequence[np.ndarray]) -> TensorSpec:
    """Describe an input or an output by the arrays (N, ...) that were compared."""
    values = np.concatenate([array.ravel().astype(np.float64) for array in arrays])
    shapes = {array.shape[1:] for array in arrays}
    ranks = {len(shape) for shape in shapes}
    same = zip(*shapes, strict=True) if len(ranks) == 1 else ()
    sizes = tuple(axis[0] if len(set(axis)) == 1 else None for axis in same)
    return TensorSpec(
        name=name,
        shape=(None, *sizes),
        dtype=str(arrays[0].dtype),
        layout=layout(arrays[0].shape),
        observed=Observed(
            minimum=float(values.min()),
            maximum=float(values.max()),
            mean=float(values.mean()),
            deviation=float(values.std()),
        ),
    )


def preprocessing(task: Task, config: TrainConfig, network: Any, inputs: Sequence[TensorSpec]) -> Preprocessing:
    """Describe how a sample becomes an input."""
    inside = any(isinstance(part, TransferNetwork) for part in network.sublayers(include_self=True))
    ranges = ", ".join(f"{each.name}: {each.observed.minimum:.6g} to {each.observed.maximum:.6g}" for each in inputs)
    own = "; the network subtracts the mean and divides by the deviation that it was pretrained with" if inside else ""
    if task.example is None:
        name, said = "", "Sample.x as float32, without a change"
    else:
        name, said = _name(task.example), _said(task.example)
    return Preprocessing(
        function=name, description=said, settings=_own_settings(config), normalisation=f"values of {ranges}{own}"
    )


def postprocessing(task: Task, sample: Sample, output: np.ndarray, tuned: Mapping[str, Any]) -> Postprocessing:
    """Describe how an output (K, ...) becomes a row."""
    named = task.objective if isinstance(task.objective, str) else "own"
    activation = ACTIVATIONS[named] if isinstance(task.objective, str) else _name(task.objective.activation)
    return Postprocessing(
        objective=named,
        activation=activation,
        classes=_classes(task, named, sample, output, tuned),
        threshold=_threshold(named, tuned),
        tuned=tuned,
        function=_name(task.writer or default_writer),
        several_inputs=None if task.infer is None else _name(task.infer),
    )


def _classes(
    task: Task, objective: str, sample: Sample, output: np.ndarray, tuned: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """What the task's writer writes for each class, asked with certain predictions; None where it writes no class."""
    columns = [column.name for column in task.format.values]
    if objective == "multilabel" and len(columns) == output.size:
        return tuple(columns)
    if objective not in ("classification", "binary") or output.ndim != 1:
        return None
    if objective == "classification" and len(columns) == len(output) > 1:
        return tuple(columns)
    if len(columns) != 1:
        return None
    certain = np.eye(len(output), dtype=np.float32) if len(output) > 1 else np.array([[0], [1]], np.float32)
    position = task.format.names.index(columns[0])
    try:
        rows = list(writer_of(task)([sample] * len(certain), list(certain), tuned))
    except KitError:
        return None
    written = tuple(str(row[position]) for row in rows)
    return written if len(rows) == len(certain) == len(set(written)) else None


def _threshold(objective: str, tuned: Mapping[str, Any]) -> float | None:
    found = tuned.get("threshold")
    if isinstance(found, int | float):
        return float(found)
    return 0.5 if objective in ("binary", "multilabel") else None


def layout(shape: Sequence[int]) -> str | None:
    """The order of a batch's axes, as far as its shape shows it."""
    if len(shape) == 4:
        first, last = shape[1] in IMAGE_CHANNELS, shape[3] in IMAGE_CHANNELS
        return "NCHW" if first else "NHWC" if last else None
    return {2: "NF", 5: "NCDHW"}.get(len(shape))


def _own_settings(config: TrainConfig) -> dict[str, Any]:
    """The settings that the task has beside those of every task."""
    every = {field.name for field in dataclasses.fields(TrainConfig)}
    return {name: value for name, value in as_json(config).items() if name not in every}


def _name(function: Any) -> str:
    """``module:name`` of a function; a lazy one is loaded."""
    found = _loaded(function)
    return f"{found.__module__}:{getattr(found, '__qualname__', type(found).__name__)}"


def _said(function: Any) -> str:
    """The documentation of a function."""
    return inspect.getdoc(_loaded(function)) or "the function has no documentation"


def _loaded(function: Any) -> Any:
    return function.resolve() if isinstance(function, Lazy) else function
