"""The choice of an engine by its processor time."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from paddle import nn

from kit.prediction import measured
from kit.prediction.measured import ONNX, PADDLE, SLACK


def test_an_engine_that_comes_first_is_kept_unless_another_is_clearly_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"first": 0.01 * (SLACK - 0.01), "second": 0.01}
    monkeypatch.setattr(measured, "_seconds", lambda run: seconds[run()])
    runs = {"first": lambda: "first", "second": lambda: "second"}
    assert measured.fastest(runs, 8).name == "first"
    seconds["first"] = 0.01 * (SLACK + 0.01)
    found = measured.fastest(runs, 8)
    assert (found.name, found.milliseconds["second"]) == ("second", 10.0)
    assert str(found) == "second (measured on a batch of 8: first 12.6 ms, second 10 ms)"


def test_volumes_are_expected_to_be_faster_in_paddle_inference() -> None:
    assert measured.order(nn.Sequential(nn.Conv2D(1, 2, 3)))[0] == ONNX
    assert measured.order(nn.Sequential(nn.Conv2D(1, 2, 3), nn.Sequential(nn.Conv3D(1, 2, 3))))[0] == PADDLE


def test_work_of_others_does_not_change_the_choice() -> None:
    def work(seconds: float) -> None:
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    def waits() -> None:
        time.sleep(0.05)  # the thread is ready, and other programs have the core
        work(0.01)

    assert measured.fastest({"first": lambda: work(0.03), "second": waits}, 8).name == "second"


def test_threads_that_share_the_work_count_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> None:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass

    def shared() -> None:
        other = threading.Thread(target=work)
        other.start()
        work()
        other.join()

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    alone = measured._seconds(shared)
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")
    assert alone >= 0.038 and measured._seconds(shared) < 0.75 * alone


def test_a_slow_engine_without_a_chance_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    seconds = {"first": 1.0, "second": 4.0, "third": 1.05}

    def spent(run: object) -> float:
        name = run() if callable(run) else ""
        calls[name] += 1
        return seconds[name]

    monkeypatch.setattr(measured, "_seconds", spent)
    runs = {name: lambda name=name: name for name in seconds}  # type: ignore[misc]
    measured.fastest(runs, 8)
    assert set(calls.values()) == {2 * measured.TURNS}
    calls.clear()
    monkeypatch.setattr(measured, "ENOUGH", 0.0)
    assert measured.fastest(runs, 8).name == "first"
    assert calls == {"first": 2, "second": 1, "third": 2}
