"""Several seeds: runs on the same folds, their average as a run with a held-out score, and the time it will take."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kit import experiments
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import submissions_dir
from kit.prediction import store
from kit.runs import every_run
from kit.runs.inputs import samples_digest
from kit.training.duration import in_words
from kit.training.events import Events
from tests.report.example_run import guesses, write_run

QUICK = ("--epochs", 1, "--set", "workers=0", "--folds", 2)


def test_seeds_are_trained_on_the_same_folds_and_averaged(kit_cli, toy_plugins: Path, toy_folder: Path) -> None:
    result = kit_cli("run", "bars", "--data", toy_folder, "--seeds", 2, *QUICK)
    assert result.exit_code == 0, result.stderr
    first, second, average = sorted(every_run("bars"), key=lambda run: run.is_blend)  # two may begin in one second
    assert (first.config["seed"], second.config["seed"]) == (0, 1)
    parts = [store.read(run.predictions, "valid") for run in (first, second, average)]
    assert all(part is not None for part in parts)
    assert np.array_equal(parts[0].folds, parts[1].folds)  # the same folds, other weights
    assert not np.array_equal(parts[0].values, parts[1].values)
    assert np.allclose(parts[2].values, (np.stack(parts[0].values) + np.stack(parts[1].values)) / 2)
    assert average.summary.mean is not None
    assert [fold.samples for fold in average.summary.folds] == [40, 40]
    assert average.score is not None
    assert (average.path / "report.html").exists()
    assert f"2 runs: held-out mean {np.mean([first.summary.mean, second.summary.mean]):.5f}" in result.stderr
    assert "2 x 2 x 1 epochs" in result.stderr
    assert re.search(r"about \d+ s of training are left", result.stderr)
    assert result.stdout.splitlines()[-1].endswith(average.name)
    board = kit_cli("leaderboard", "bars").stdout
    assert f"{average.summary.mean:.5f}" in board

    again = kit_cli("train", "bars", "--data", toy_folder, "--seeds", 2, *QUICK)
    assert "as " + second.name + " took" in again.stderr
    assert "one run" in kit_cli("train", "bars", "--data", toy_folder, "--seeds", 2, "--resume", "latest").stderr


def test_seeds_of_a_contest_without_a_test_part_submit_what_they_held_out(
    toy: Task, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(toy_folder / "test.npy", np.zeros((0, 1, 8, 8), np.float32))
    ids = [str(number) for number in range(1, 81)]
    digest = samples_digest(toy.reader(toy_folder, "train"))
    folder = submissions_dir() / "bars"
    runs = [
        write_run(toy, folder / f"seed-{seed}", toy_folder, ids, guesses(80, seed=seed), samples=digest)
        for seed in range(2)
    ]
    monkeypatch.setattr(experiments, "_train_seeds", lambda *_: runs)
    outcome = experiments.run_seeds(toy, toy_folder, toy.config, Events(), 2)
    assert outcome.check.ok and outcome.check.rows == 80
    assert outcome.run.is_blend and outcome.score is not None
    assert outcome.score.score == pytest.approx(outcome.run.summary.pooled)
    with pytest.raises(KitError, match="nothing to predict"):
        experiments.run_seeds(toy, toy_folder, replace(toy.config, folds=0), Events(), 2)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (119, "119 s"), (121, "2.0 min"), (7201, "2.0 h")])
def test_durations_are_in_a_unit_that_suits_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
