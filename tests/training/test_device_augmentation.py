"""Augmentation on the device: instead of the readers', seeded by the step, and only where it is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.data import plain_items
from kit.data.reading import Item, read_batch
from kit.device import paddle
from kit.errors import KitError
from kit.training.batches import augmented

SAMPLES = [Sample(str(i), np.full((1, 8, 8), i, np.float32), i % 2) for i in range(4)]


def example(sample: Sample, rng: np.random.Generator | None, config: TrainConfig) -> tuple[np.ndarray, Any]:
    """Add 100 where a reader augments, and a half at random in training in any case."""
    chosen = 0.0 if rng is None else 0.5
    return sample.x + (100 if rng is not None and config.augment else 0) + chosen, sample.y


def shifted(x: Any, y: Any, rng: np.random.Generator, config: TrainConfig) -> tuple[Any, Any]:
    return x + float(rng.integers(1, 1 << 20)), 1 - y


@pytest.fixture
def task(toy: Task) -> Task:
    return replace(toy, example=example, augment=shifted)


def test_readers_leave_to_the_device_what_is_done_there_and_nothing_else(task):
    drawn = [Item(i, (0, 0, i, 0)) for i in range(4)]
    readers, device = (configure(task, {"augment_on": where}) for where in ("readers", "device"))
    assert read_batch((task, SAMPLES, readers), drawn).x.max() == 103.5
    assert read_batch((task, SAMPLES, device), drawn).x.max() == 3.5
    assert read_batch((task, SAMPLES, device), plain_items(range(4))).x.max() == 3


def test_a_batch_depends_on_the_key_alone(task):
    config = configure(task, {"augment_on": "device"})
    x, y = paddle.zeros([2, 1, 8, 8]), paddle.to_tensor([0, 1])
    seeds = [augmented(x, y, task, config, *key)[0].numpy()[0, 0, 0, 0] for key in ((0, 0, 0, 1), (0, 0, 1, 1))]
    again, labels = augmented(x, y, task, config, 0, 0, 0, 1)
    assert again.numpy()[0, 0, 0, 0] == seeds[0] != seeds[1]
    assert labels.tolist() == [1, 0]


@pytest.mark.parametrize("settings", [{}, {"augment_on": "device", "augment": False}])
def test_nothing_is_augmented_on_the_device_unless_that_is_asked_for(task, settings):
    x, y = paddle.zeros([2, 1, 8, 8]), paddle.to_tensor([0, 1])
    assert augmented(x, y, task, configure(task, settings), 0) == (x, y)


def test_no_gradient_is_taken_of_it(task):
    x = paddle.zeros([2, 1, 8, 8])
    x.stop_gradient = False
    found, _ = augmented(x, paddle.to_tensor([0, 1]), task, configure(task, {"augment_on": "device"}), 0)
    assert found.stop_gradient


def test_a_task_without_it_says_so(toy: Task):
    with pytest.raises(KitError, match="no augmentation on the device"):
        configure(toy, {"augment_on": "device"})
