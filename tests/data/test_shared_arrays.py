"""Batches through shared memory: the same values as without, slots that come back, and what does not fit."""

from __future__ import annotations

import gc
import os
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.data import shared_arrays
from kit.data.loader import AHEAD, Loader
from kit.data.reading import Batch, plain_items
from kit.data.shared_arrays import SharedArrays, Stored
from kit.errors import SampleError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux")

BIG = (3, 64, 64)  # 49 kB in float32


def values_of(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[Any, Any]:
    """A structure that has everything: large arrays of several types, small ones, texts."""
    number = int(sample.id)
    if number == 13:
        raise OSError("unreadable")
    own = np.random.default_rng(number)
    x = {
        "image": own.normal(size=BIG).astype(np.float32),
        "mask": own.integers(0, 2, BIG).astype(bool),
        "row": np.arange(3) + number,
        "words": f"text {number}",
    }
    return x, (own.normal(size=BIG), number)


@pytest.fixture
def task(toy):
    return replace(toy, example=values_of)


def samples(count: int, first: int = 100) -> list[Sample]:
    return [Sample(str(first + number), None, 0) for number in range(count)]


def read(task, workers: int, size: int = 8) -> list[Batch]:
    with Loader(task, samples(30), TrainConfig(workers=workers)) as loader:
        return list(loader.batches(plain_items(range(30)), size))


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for name, value in expected.items():
            assert_same(found[name], value)
    elif isinstance(expected, tuple):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("slot", [shared_arrays.SLOT, 1 << 20, 1 << 13], ids=["all fit", "some fit", "none fits"])
def test_what_is_read_is_the_same_and_stays_so_wherever_it_goes_through(task, monkeypatch, slot):
    monkeypatch.setattr(shared_arrays, "SLOT", slot)
    for found, expected in zip(read(task, 2), read(task, 0), strict=True):  # all are kept: none is overwritten
        assert_same((found.x, found.y, found.positions), (expected.x, expected.y, expected.positions))


def test_tables_go_through_the_pipe(toy):
    def row(sample, rng, config):
        return pd.DataFrame({"a": [int(sample.id)], "b": ["text"]}), 0

    with Loader(replace(toy, example=row), samples(4), TrainConfig(workers=1)) as loader:
        (batch,) = loader.batches(plain_items(range(4)), 4)
    assert batch.x["a"].tolist() == [100, 101, 102, 103]


def free(loader: Loader) -> int:
    assert loader.shared is not None
    return len(loader.shared._free)


def test_slots_come_back_from_results_errors_and_iterators_that_are_given_up(task):
    with Loader(task, [*samples(40), Sample("13", None, 0)], TrainConfig(workers=2)) as loader:
        assert free(loader) == AHEAD * 2
        list(loader.batches(plain_items(range(40)), 4))
        assert free(loader) == AHEAD * 2
        with pytest.raises(SampleError):
            list(loader.batches(plain_items([*range(20), 40]), 4))
        iterator = loader.batches(plain_items(range(40)), 4)
        next(iterator)
        del iterator
        gc.collect()
        deadline = time.monotonic() + 30
        while free(loader) < AHEAD * 2:
            assert time.monotonic() < deadline, "slots are lost"
            time.sleep(0.01)
        kept = list(loader.batches(plain_items(range(40)), 4))
        assert_same(kept[0].x["row"], np.stack([np.arange(3) + number for number in range(100, 104)]))


def test_more_hand_overs_than_slots_go_through_the_pipe(task):
    with Loader(task, samples(40), TrainConfig(workers=1)) as loader:
        several = [loader.batches(plain_items(range(40)), 4) for _ in range(3)]
        rounds = list(zip(*several, strict=True))
        assert len(rounds) == 10
        for one, two, three in rounds:
            assert_same(one.x, two.x)
            assert_same(one.x, three.x)


def test_arrays_are_stored_and_the_rest_is_left():
    shared = SharedArrays(2)
    large, words = np.arange(10_000, dtype=np.int16).reshape(100, 100).T, np.array(["a", None], dtype=object)
    put = shared.put((large, words, {"n": 1, "none": None}), 1)
    assert put[0] == Stored(shared_arrays.SLOT, (100, 100), np.dtype(np.int16))
    assert put[1] is words
    assert put[2] == {"n": 1, "none": None}
    found = shared.get(put)
    np.testing.assert_array_equal(found[0], large)
    found[0][:] = 0
    np.testing.assert_array_equal(shared.get(put)[0], large)


def test_without_memory_for_it_batches_go_through_the_pipe(task, monkeypatch):
    def refuse(*arguments: Any, **more: Any) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(shared_arrays.mmap, "mmap", refuse)
    with Loader(task, samples(8), TrainConfig(workers=1)) as loader:
        assert loader.shared is None
        assert len(list(loader.batches(plain_items(range(8)), 4))) == 2


def test_readers_leave_the_processor_to_training(toy):
    def priority(sample, rng, config):
        return np.float32(os.getpriority(os.PRIO_PROCESS, 0)), 0

    with Loader(replace(toy, example=priority), samples(1), TrainConfig(workers=1)) as loader:
        (batch,) = loader.batches(plain_items([0]), 1)
    assert batch.x[0] > os.getpriority(os.PRIO_PROCESS, 0) or os.getpriority(os.PRIO_PROCESS, 0) == 19
