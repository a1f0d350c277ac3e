"""The script for a GPU, tried on a CPU with a tiny case; its table and its judgement of scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks import gpu
from tests.benchmarks.gpu import Case, Options, Result, heading, measure, measured, precisions, row, timed

RESULT = Result(
    "bars", "gpu", "bfloat16", 0.97, 0.98, 900.0, 1000.0, 1200.0, 800.0, 512.0, {"Conv2D": "bfloat16"}, True, 3.0
)


def test_a_row_says_what_was_missed_and_a_note_what_ran_in_which_precision():
    cells = row(RESULT).split(" | ")
    assert cells[1:10] == ["gpu bfloat16", "0.9700", "0.98 MISSED", "900", "1,000", "1,200", "0.90", "800", "512"]
    other = row(replace(RESULT, score=0.99, torch=None, megabytes=None, same_bytes=None))
    assert "MISSED" not in other and other.split(" | ")[8:11] == ["-", "-", "-"]
    assert all(line.count("|") == row(RESULT).count("|") for line in heading().splitlines())
    assert precisions(RESULT) == "bars: Conv2D bfloat16"


@pytest.mark.parametrize(
    ("score", "expected", "ok"), [(0.98, 0.98, True), (0.97, 0.98, False), (None, 0.98, False), (None, None, True)]
)
def test_a_score_must_reach_what_is_expected_where_something_is(score, expected, ok):
    assert replace(RESULT, score=score, expected=expected).ok is ok


def test_the_same_seed_must_give_the_same_bytes():
    assert not replace(RESULT, score=1.0, same_bytes=False).ok
    assert row(replace(RESULT, score=1.0, same_bytes=False)).split(" | ")[10] == "NO"


def test_readers_that_are_faster_than_the_step_leave_a_share_of_one():
    assert replace(RESULT, images=1100.0).share == 1.0


def test_steps_are_timed_after_warm_ones_and_the_device_is_waited_for():
    said = []
    assert timed(lambda: said.append("step"), lambda: said.append("wait"), 2) >= 0
    assert said == ["step", "step", "wait", "step", "step", "wait"]


def test_a_task_that_fails_costs_no_other_task_its_figures(monkeypatch):
    def measure(case: Case, options: Options) -> Result:
        if case.task == "broken":
            raise RuntimeError("no kernel")
        return RESULT

    monkeypatch.setattr(gpu, "measure", measure)
    cases = [Case("broken", {}, 1, 0.0), Case("bars", {}, 1, 0.0)]
    assert list(measured(cases, Options())) == ["broken FAILED: RuntimeError: no kernel", RESULT]


def test_the_script_prints_a_row_a_task_and_its_exit_code_says_whether_all_is_well(monkeypatch, capsys):
    monkeypatch.setattr(gpu, "measured", lambda cases, options: [RESULT, "others FAILED: RuntimeError: no kernel"])
    monkeypatch.setattr("sys.argv", ["gpu", "--device", "cpu"])
    monkeypatch.setenv("KIT_SUBMISSIONS", "unused")
    with pytest.raises(SystemExit) as caught:
        gpu.main()
    assert caught.value.code == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[2:] == [row(RESULT), "others FAILED: RuntimeError: no kernel", precisions(RESULT), printed[3]]


def test_what_is_measured_beside_the_kit_may_fail(monkeypatch, capsys):
    def isolated(work, *arguments):
        if work in (gpu.time_torch, gpu.time_channels_last):
            raise RuntimeError("another cuDNN")
        return "the same" if work is gpu.weights_of_a_short_run else replace(RESULT, torch=None, channels_last=None)

    monkeypatch.setattr(gpu, "isolated", isolated)
    found = measure(Case("bars", {}, 1, 0.0, "digits"), Options())
    assert (found.torch, found.channels_last, found.same_bytes) == (None, None, True)
    assert capsys.readouterr().err.count("another cuDNN") == 2


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_tiny_case_on_a_cpu():
    options = Options("cpu", size=60, epochs=1, steps=2)
    found = measure(Case("digit_recognizer", {}, 60, 0.9, "digits"), options)
    assert found.expected is None and found.ok and found.same_bytes
    assert found.images > 0 and found.alone > 0
    assert found.precisions["Conv2D"] == "float32" and found.precision == "float32"
    assert found.megabytes is None and found.channels_last is None
    assert gpu.isolated(gpu.time_channels_last, found.run, 2) > 0
