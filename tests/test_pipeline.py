"""The stations of a run in order, from files to a ranked submission and its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import KitError
from kit.experiments import run_seeds
from kit.pipeline import run_task
from kit.runs import every_run
from kit.training.events import Events


def test_each_part_is_read_once_in_a_run(toy: Task, toy_folder: Path) -> None:
    parts: list[str] = []

    def read(folder: Path, part: Any) -> Any:
        parts.append(part)
        return toy.reader(folder, part)

    task = replace(toy, reader=read)
    run_task(task, toy_folder, configure(task, {"epochs": 1, "workers": 0}), Events())
    assert sorted(parts) == ["test", "train"]


def test_a_task_without_views_is_refused_before_anything_is_trained(toy: Task, toy_folder: Path) -> None:
    config = configure(toy, {"epochs": 1, "workers": 0})
    with pytest.raises(KitError, match="no views to average"):
        run_task(toy, toy_folder, config, Events(), tta=True)
    with pytest.raises(KitError, match="no views to average"):
        run_seeds(toy, toy_folder, config, Events(), 2, tta=True)
    assert every_run("bars") == []


def without_test_part(folder: Path) -> Path:
    (folder / "answers.csv").unlink()
    np.save(folder / "test.npy", np.zeros((0, 1, 8, 8), "float32"))
    return folder


@pytest.mark.parametrize("folds", [1, 4])
def test_without_a_test_part_a_run_submits_its_out_of_fold_predictions(toy: Task, toy_folder: Path, folds: int) -> None:
    folder = without_test_part(toy_folder)
    config = configure(toy, {"epochs": 3, "workers": 0, "folds": folds})
    outcome = run_task(toy, folder, config, Events())
    rows = outcome.submission.read_text().splitlines()
    assert len(rows) - 1 == (80 if folds == 4 else 8)
    assert outcome.check.ok
    labels = dict(line.split(",") for line in (folder / "labels.csv").read_text().splitlines()[1:])
    correct = [labels[id] == label for id, label in (row.split(",") for row in rows[1:])]
    assert outcome.score is not None and outcome.score.score == pytest.approx(np.mean(correct))
    assert outcome.standing is not None and outcome.standing.rank == 1
    assert json.loads((outcome.run.path / "score.json").read_text())["against"] == "labels"
    assert outcome.report is not None
    page = outcome.report.read_text()
    assert "out of fold" in page and "which training did not use" not in page


def test_the_verb_ends_without_a_test_part_too(
    toy_plugins: Path, toy_folder: Path, kit_cli: Callable[..., Any]
) -> None:
    folder = without_test_part(toy_folder)
    result = kit_cli("run", "bars", "--data", folder, "--epochs", 1, "--folds", 3, "--set", "workers=0")
    assert result.exit_code == 0, result.stderr
    assert "no test part" in result.stderr
    assert (Path(result.stdout.splitlines()[-1]) / "submission.csv").exists()
    checked = kit_cli("check", "bars", Path(result.stdout.splitlines()[-1]) / "submission.csv", "--data", folder)
    assert checked.exit_code == 0, checked.stdout


def test_an_out_of_fold_submission_with_a_missing_row_is_refused(
    toy_plugins: Path, toy_folder: Path, tmp_path: Path, kit_cli: Callable[..., Any]
) -> None:
    folder = without_test_part(toy_folder)
    rows = (folder / "labels.csv").read_text().splitlines()
    (tmp_path / "mine.csv").write_text("\n".join(rows[:-1]) + "\n")
    result = kit_cli("check", "bars", tmp_path / "mine.csv", "--data", folder)
    assert result.exit_code == 1 and "missing_id" in result.stdout
