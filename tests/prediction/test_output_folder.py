"""A run keeps its own submission whatever else it predicts, and a run that cannot be written to predicts elsewhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import submissions_dir
from kit.pipeline import predict_held_out, predict_runs, train_run
from kit.runs import Run
from kit.training.events import Events


@pytest.fixture
def run(toy: Task, toy_folder: Path) -> Run:
    config = configure(toy, {"epochs": 1, "workers": 0})
    return train_run(toy, toy_folder, config, Events())


def contents(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}


def test_a_prediction_of_other_data_leaves_the_runs_own_submission(
    toy: Task, toy_folder: Path, run: Run, tmp_path: Path
) -> None:
    predict_runs(toy, [run], toy_folder)
    before = contents(run)
    other = tmp_path / "other"
    other.mkdir()
    toy.sample(other, 40, 7)
    outcome = predict_runs(toy, [run], other)
    assert contents(run) == before
    assert outcome.submission.parent.parent == run.path / "other-data"
    assert len(outcome.submission.read_text().splitlines()) == 11
    assert {path.name for path in outcome.submission.parent.iterdir()} >= {"predictions.h5", "score.json"}
    assert predict_runs(toy, [run], other).submission == outcome.submission


def test_a_copy_of_the_data_is_no_other_data(toy: Task, toy_folder: Path, run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(toy_folder, copy)
    assert predict_runs(toy, [run], copy).submission.parent == run.path


def test_a_run_that_cannot_be_written_to_predicts_elsewhere(
    toy: Task, toy_folder: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = tmp_path / "input" / run.name
    shutil.move(run.path, mount)

    def access(path: Any, mode: int) -> bool:
        return not Path(path).is_relative_to(mount)

    monkeypatch.setattr(os, "access", access)
    before = contents(Run(mount))
    outcome = predict_runs(toy, [Run(mount)], toy_folder)
    assert contents(Run(mount)) == before
    assert outcome.submission == submissions_dir() / "bars" / run.name / "submission.csv"
    assert (outcome.submission.parent / "score.json").exists()
    assert predict_held_out(toy, Run(mount), toy_folder).is_relative_to(submissions_dir())


@pytest.mark.parametrize("name", ["card.json", "predictions.h5", "metrics.jsonl", "folds/0/weights.safetensors"])
def test_a_file_of_a_run_is_refused_as_output(toy: Task, toy_folder: Path, run: Run, name: str) -> None:
    before = (run.path / name).read_bytes()
    with pytest.raises(KitError, match="would overwrite a file of a run"):
        predict_runs(toy, [run], toy_folder, output=run.path / name)
    with pytest.raises(KitError, match="would overwrite a file of a run"):
        predict_held_out(toy, run, toy_folder, run.path / name)
    assert (run.path / name).read_bytes() == before
