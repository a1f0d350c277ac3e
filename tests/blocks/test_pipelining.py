"""One batch ahead: what is done in which order, the same results, and errors where they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from kit.blocks.pipelining import pipelined
from kit.interruption import Interrupted


class Device:
    """A forward that notes when a prediction is started and waited for."""

    def __init__(self, noted: list[str]) -> None:
        self.noted = noted

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self.start(batch)()

    def start(self, batch: np.ndarray) -> Callable[[], np.ndarray]:
        self.noted.append(f"start {batch[0]}")
        return lambda: self.noted.append(f"wait {batch[0]}") or batch * 2


def reading(noted: list[str], count: int, error: BaseException | None = None) -> Iterator[np.ndarray]:
    try:
        for number in range(count):
            noted.append(f"read {number}")
            yield np.array([number])
        if error:
            raise error
    finally:
        noted.append("closed")


def test_the_next_batch_is_read_and_started_before_the_last_one_is_waited_for():
    noted: list[str] = []
    found = list(pipelined(Device(noted), reading(noted, 3)))
    assert np.concatenate(found).tolist() == [0, 2, 4]
    first = ["read 0", "start 0", "read 1", "start 1", "wait 0"]
    assert noted == [*first, "read 2", "start 2", "wait 1", "closed", "wait 2"]


def test_a_forward_that_has_computed_when_it_returns_gives_the_same():
    assert [each.tolist() for each in pipelined(lambda batch: batch * 2, reading([], 3))] == [[0], [2], [4]]


def test_no_batch_no_prediction():
    assert list(pipelined(Device([]), [])) == []


@pytest.mark.parametrize("error", [ValueError("sample 7 cannot be read"), Interrupted(2)])
def test_what_a_reader_raises_is_raised_and_nothing_is_waited_for_after_it(error):
    noted: list[str] = []
    predictions = pipelined(Device(noted), reading(noted, 2, error))
    assert next(predictions).tolist() == [0]
    with pytest.raises(type(error)) as caught:
        next(predictions)
    assert caught.value is error
    assert noted[-1] == "closed" and "wait 1" not in noted


def test_what_the_device_raises_while_it_computes_is_raised_by_the_batch_that_is_waited_for():
    def failing() -> np.ndarray:
        raise RuntimeError("out of memory")

    class Broken(Device):
        def start(self, batch: np.ndarray) -> Callable[[], np.ndarray]:
            return failing if batch[0] == 1 else super().start(batch)

    predictions = pipelined(Broken([]), reading([], 3))
    assert next(predictions).tolist() == [0]
    with pytest.raises(RuntimeError, match="out of memory"):
        next(predictions)
