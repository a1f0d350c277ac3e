"""The layers of a network as a table: what each one returns for one input, and how many weights it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.inputs import leaves, stack
from kit.data.reading import read_example
from kit.device import paddle
from kit.errors import KitError
from kit.models.build import build_model, is_network
from kit.models.inputs import outputs_of

BATCH = 2  # a single input would be ambiguous: its axis could be any other of length 1


@dataclass(frozen=True)
class LayerRow:
    """One layer: its name within the network, its class, the shapes that it returns without the batch, its weights."""

    name: str
    kind: str
    output: tuple[tuple[int, ...], ...]
    weights: int


@dataclass(frozen=True)
class LayerTable:
    """A network's layers in the order in which they are called, for inputs of these shapes.

    ``weights`` counts all parameters of the network with the statistics of its batch normalization, ``trainable`` those
    that are trained.
    """

    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    rows: tuple[LayerRow, ...]
    weights: int
    trainable: int


def layer_table(task: Task, config: TrainConfig, sample: Sample) -> LayerTable:
    """The layers of the configured network as they are called for one sample of the training part.

    Operations that are not layers, such as ``functional.relu``, have no row. Raises KitError for an estimator.
    """
    network = build_model(task, config)
    if not is_network(network):
        name, _ = task.model(config.model)
        networks = [other for other in task.models if other != name]
        raise KitError(
            f"model {name!r} has no layers",
            expected="a network",
            found=f"an estimator, {type(network).__name__}",
            remedy=f"--model {' or '.join(networks)}" if networks else None,
        )
    x, _ = read_example(task, sample, None, config)
    network.eval()
    with paddle.no_grad():
        calls = _calls(network, stack([x] * BATCH))
    sizes = {id(each): int(np.prod(each.shape)) for each in network.parameters()}
    trained = {id(each): 0 if each.stop_gradient else sizes[id(each)] for each in network.parameters()}
    shapes = tuple((name, tuple(np.shape(value))) for name, value in leaves(x))
    return LayerTable(shapes, tuple(_rows(network, calls)), sum(sizes.values()), sum(trained.values()))


def _calls(network: Any, batch: Any) -> dict[str, tuple[tuple[int, ...], ...]]:
    """What each layer returned when it was called last, by its name, in the order of the first calls' ends."""
    found: dict[str, tuple[tuple[int, ...], ...]] = {}

    def record(name: str, output: Any) -> None:
        found[name] = tuple(_shapes(output))

    with ExitStack() as hooks:
        for name, layer in network.named_sublayers():
            handle = layer.register_forward_post_hook(lambda _, __, output, name=name: record(name, output))
            hooks.callback(handle.remove)
        found[""] = tuple(_shapes(outputs_of(network, batch)))
    return found


def _shapes(output: Any) -> Iterator[tuple[int, ...]]:
    """The shape of each tensor that a layer returned, without the batch."""
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, list | tuple):
        for part in output:
            yield from _shapes(part)
    elif hasattr(output, "shape"):
        yield tuple(output.shape[1:])


def _rows(network: Any, calls: Mapping[str, tuple[tuple[int, ...], ...]]) -> Iterator[LayerRow]:
    """A row for each layer that calls no other, and for one with weights of its own; then the other weights."""
    layers = {"": network, **dict(network.named_sublayers())}
    containers = {above for name in calls if name for above in _above(name) if above in layers}
    counted: set[int] = set()
    for name, output in calls.items():
        inner = name in containers
        weights = _weights(layers[name].parameters(include_sublayers=not inner), counted)
        if weights or not inner:
            yield LayerRow(name or "network", type(layers[name]).__name__, output, weights)
    rest = _weights(network.parameters(), counted)
    if rest:
        yield LayerRow("", "other weights", (), rest)


def _above(name: str) -> Iterator[str]:
    """The names of the layers that hold this one, with that of the network."""
    parts = name.split(".")
    yield from (".".join(parts[:count]) for count in range(len(parts)))


def _weights(parameters: Any, counted: set[int]) -> int:
    """The weights of those parameters that no earlier row has counted."""
    new = [each for each in parameters if id(each) not in counted]
    counted.update(map(id, new))
    return sum(int(np.prod(each.shape)) for each in new)
