"""What reader processes do: one example, a batch of examples, or a trial of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.inputs import default_input, shape_of, stack
from kit.errors import KitError, SampleError
from kit.files import is_path

State = tuple[Task, Sequence[Sample], TrainConfig]


@dataclass(frozen=True)
class Item:
    """One sample to read. ``draw`` seeds its augmentation; None: as it is, without randomness."""

    position: int
    draw: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Batch:
    """Inputs, labels (N, ...) or a tuple of such arrays or None, and the samples' positions (N,).

    Inputs are an array (N, ...), texts (N,), a table of N rows, or a tuple or a dictionary of such batches.
    """

    x: Any
    y: Any
    positions: np.ndarray


def plain_items(positions: Sequence[int] | np.ndarray) -> list[Item]:
    """Items without randomness, in this order."""
    return [Item(int(position)) for position in positions]


def read_example(task: Task, sample: Sample, rng: np.random.Generator | None, config: TrainConfig) -> tuple[Any, Any]:
    """Read one example; any failure becomes a SampleError that names the sample."""
    try:
        if task.example is not None:
            return task.example(sample, rng, config)
        return default_input(sample.x), sample.y
    except SampleError:
        raise
    except KitError as error:
        raise SampleError(f"sample {sample.id!r} cannot be read: {error}") from error
    except Exception as error:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame else ""
        where = str(sample.x) if is_path(sample.x) else None
        raise SampleError(
            f"sample {sample.id!r} cannot be read", found=f"{type(error).__name__}: {error}{place}", where=where
        ) from error


def read_batch(state: State, items: Sequence[Item]) -> Batch:
    """Read the items of one batch. Raises SampleError for one that cannot be read, or of another shape."""
    task, samples, config = state
    pairs, plain = [], replace(config, augment=False) if config.augment_on == "device" else config
    for item in items:
        rng = None if item.draw is None else np.random.default_rng(item.draw)
        pairs.append(read_example(task, samples[item.position], rng, plain))
    positions = np.array([item.position for item in items], dtype=np.int64)
    shapes = {shape_of(x) for x, _ in pairs}
    if len(shapes) > 1:
        ids = [samples[item.position].id for item in items]
        raise SampleError(
            "inputs of one batch differ in shape", found=shapes, where=f"samples {ids[0]!r} to {ids[-1]!r}"
        )
    x, y = stack([x for x, _ in pairs]), _stack([y for _, y in pairs])
    if task.batch is not None and items[0].draw is not None:
        # No two batches of an epoch begin with the same item, and no item is seeded by its draw and another number.
        x, y = task.batch(x, y, np.random.default_rng([*items[0].draw, len(items)]), config)
    return Batch(x, y, positions)


def unreadable(state: State, items: Sequence[Item]) -> dict[int, str]:
    """Position -> reason of those items that cannot be read."""
    task, samples, config = state
    bad = {}
    for item in items:
        try:
            read_example(task, samples[item.position], None, config)
        except SampleError as error:
            bad[item.position] = str(error)
    return bad


def _stack(labels: Sequence[Any]) -> Any:
    if labels[0] is None:
        return None
    if isinstance(labels[0], tuple):
        return tuple(_stack(part) for part in zip(*labels, strict=True))
    arrays = [np.asarray(label) for label in labels]
    longest = max(arrays, key=np.ndim)
    if longest.ndim == 1 and any(array.ndim == 0 for array in arrays):  # classes beside probabilities of each class
        classes = np.eye(len(longest), dtype=np.float32)
        arrays = [classes[int(array)] if array.ndim == 0 else array for array in arrays]
    return np.stack(arrays)
