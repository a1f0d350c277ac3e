"""The script for a GPU, tried on a CPU with a tiny case; its table and its judgement of scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks.gpu import Case, Result, lines, measure, timed

RESULT = Result("bars", "gpu", 0.97, 0.98, 900.0, 1000.0, 800.0, 512.0, {"Conv2D": "bfloat16"}, 3.0)


def test_the_table_says_what_was_missed_and_what_ran_in_which_precision():
    table = lines([RESULT, replace(RESULT, task="others", score=0.99, torch=None, megabytes=None)])
    assert table[2].split(" | ")[2:8] == ["0.9700", "0.98 MISSED", "900", "1,000", "0.90", "800"]
    assert "MISSED" not in table[3] and table[3].split(" | ")[7:9] == ["-", "-"]
    assert table[4] == "bars: Conv2D bfloat16"


@pytest.mark.parametrize(
    ("score", "expected", "ok"), [(0.98, 0.98, True), (0.97, 0.98, False), (None, 0.98, False), (None, None, True)]
)
def test_a_score_must_reach_what_is_expected_where_something_is(score, expected, ok):
    assert replace(RESULT, score=score, expected=expected).ok is ok


def test_readers_that_are_faster_than_the_step_leave_a_share_of_one():
    assert replace(RESULT, images=1100.0).share == 1.0


def test_steps_are_timed_after_warm_ones_and_the_device_is_waited_for():
    said = []
    assert timed(lambda: said.append("step"), lambda: said.append("wait"), 2) >= 0
    assert said == ["step", "step", "wait", "step", "step", "wait"]


@pytest.mark.slow
def test_a_tiny_case_on_a_cpu():
    found = measure(Case("digit_recognizer", {}, 60, 0.9, "digits"), "cpu", size=60, epochs=1, steps=2)
    assert found.expected is None and found.ok
    assert found.images > 0 and found.alone > 0
    assert found.precisions["Conv2D"] == "float32"
    assert found.megabytes is None
