"""The time left counts every epoch of every fold, and the runs after this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.training.time_left import TimeLeft, further_runs


def test_all_folds_and_further_runs_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    left = TimeLeft(folds=5, epochs=4)
    assert left.seconds() is None and str(left) == ""
    now[0] += 30
    left.epoch_ended(0, 1)
    assert left.seconds() == 30 * 19
    now[0] += 10
    left.epoch_ended(3, 4)  # the folds before were trained by a process that was stopped
    assert left.seconds() == 20 * 4
    with further_runs(2):
        assert left.seconds() == 20 * (4 + 2 * 20)
        assert str(left) == "14.7 min left"
    left.epoch_ended(4, 4)
    assert str(left) == ""


def test_a_second_identical_run_says_so_and_how_long_it_takes(
    kit_cli: Any, toy_plugins: Path, toy_folder: Path
) -> None:
    pytest.importorskip("paddle")
    words = ("train", "bars", "--data", toy_folder, "--epochs", 2, "--set", "workers=0")
    first = kit_cli(*words)
    name = Path(first.stdout.strip()).name
    assert "same settings" not in first.stderr and " left\n" in first.stderr
    again = kit_cli(*words)
    second = Path(again.stdout.strip()).name
    assert f"{name} has the same settings, seed and samples" in again.stderr
    assert f"kit diff {name} {second}" in again.stderr
    (Path(first.stdout.strip()) / "summary.json").unlink()
    (Path(again.stdout.strip()) / "summary.json").unlink()
    assert f"kit run --resume {second}" in kit_cli(*words).stderr
    assert "same settings" not in kit_cli(*words, "--seed", 3).stderr
