"""A step's batch: the shard of one process, labels as tensors, and the seed of the step's randomness."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.data.reading import Item
from kit.device import Device, paddle
from kit.errors import KitError


def shard(items: Sequence[Item], size: int, device: Device) -> list[Item]:
    """This process's part of every batch of ``size``: equal parts, so that the mean of gradients is the batch's."""
    if size % device.world:
        raise KitError(
            "a batch does not divide among the processes",
            expected=f"a multiple of {device.world}",
            found=size,
            remedy=f"--set batch_size={size // device.world * device.world or device.world}",
        )
    part = size // device.world
    starts = range(device.rank * part, len(items), size)
    return [item for start in starts for item in items[start : start + part]]


def tensors(labels: Any) -> Any:
    """Labels as tensors; a tuple stays a tuple."""
    return tuple(map(tensors, labels)) if isinstance(labels, tuple) else paddle.to_tensor(labels)


def augmented(inputs: Any, labels: Any, task: Task, config: TrainConfig, *key: int) -> tuple[Any, Any]:
    """A batch of tensors, augmented where that is done on the device; ``key`` seeds it."""
    if task.augment is None or config.augment_on != "device" or not config.augment:
        return inputs, labels
    with paddle.no_grad():
        return task.augment(inputs, labels, np.random.default_rng(key), config)


def seed_everything(*key: int) -> None:
    """Seed Paddle's, NumPy's and Python's global generators from a key."""
    number = int(np.random.SeedSequence(key).generate_state(1)[0])
    paddle.seed(number)
    np.random.seed(number)  # for libraries that draw from the global generator
    random.seed(number)
