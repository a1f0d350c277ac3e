"""A run that holds nothing out, for the last submission."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.experiments import compare_models
from kit.files import submissions_dir
from kit.pipeline import predict_held_out, predict_runs, run_task
from kit.prediction import store
from kit.runs.inputs import samples_digest
from kit.runs.reference import with_needed_epochs
from kit.training.events import Events
from tests.report.example_run import guesses, write_run
from tests.training.test_training import trained


def test_a_run_on_everything_predicts_and_has_no_score(toy: Task, toy_folder: Path, capsys) -> None:
    trained(toy, toy_folder, folds=2, epochs=3, patience=2)
    run = trained(toy, toy_folder, folds=0, epochs=4, patience=2)
    said = capsys.readouterr().err
    assert "nothing is held out; 2 folds of" in said and "this run trains 4" in said
    assert "no held-out score" in said
    assert run.summary.mean is None and [fold.samples for fold in run.summary.folds] == [0]
    assert run.summary.folds[0].epoch == 4, "patience has nothing to go by"
    assert store.read(run.predictions, "valid") is None
    outcome = predict_runs(toy, [run], toy_folder)
    assert outcome.check.ok and outcome.score is not None
    with pytest.raises(KitError, match="no held-out predictions"):
        predict_held_out(toy, run, toy_folder)


def test_a_run_on_everything_trains_as_long_as_the_folds_needed(toy: Task, toy_folder: Path) -> None:
    config = replace(toy.config, model="small", workers=0)
    with ContestData(toy, toy_folder, replace(config, folds=0)) as contest:
        assert with_needed_epochs(contest).epochs == 5  # there is no earlier run
        ids = [sample.id for sample in contest.samples("train")]
        digest = samples_digest(contest.samples("train"))
        path = submissions_dir() / "bars" / "20260131-120000-small"
        run = write_run(toy, path, toy_folder, ids, guesses(80), samples=digest)
        run.write_config(config)
        needed = [fold.epoch for fold in run.summary.folds]
        assert with_needed_epochs(contest).epochs == round(sum(needed) / len(needed)) != 5
        with contest.with_config(replace(config, folds=0, epochs=7)) as asked:
            assert with_needed_epochs(asked).epochs == 7
        with contest.with_config(config) as held_out:
            assert with_needed_epochs(held_out) == config


def test_the_whole_way_without_answers_ends_with_a_report(toy: Task, toy_folder: Path, capsys) -> None:
    (toy_folder / "answers.csv").unlink()
    outcome = run_task(toy, toy_folder, replace(toy.config, folds=0, epochs=1, workers=0, model="small"), Events())
    assert outcome.report is not None and outcome.report.exists() and outcome.score is None
    assert "the epochs are a guess" in capsys.readouterr().err


def test_fitted_values_come_from_an_earlier_run(toy: Task, toy_folder: Path) -> None:
    tuning = replace(toy, tune=lambda samples, predictions, config: {"threshold": 0.25})
    with pytest.raises(KitError, match="--folds 5 first"):
        trained(tuning, toy_folder, folds=0)
    trained(tuning, toy_folder)
    assert trained(tuning, toy_folder, folds=0).summary.tuned == {"threshold": 0.25}


def test_models_are_not_compared_without_held_out_samples(toy: Task, toy_folder: Path) -> None:
    with pytest.raises(KitError, match="without held-out samples"):
        compare_models(toy, toy_folder, [replace(toy.config, folds=0)], Events())


def test_a_fixed_split_holds_out_what_the_task_says(toy: Task, toy_folder: Path) -> None:
    fixed = replace(toy, split=lambda samples, config: [("last", range(60), range(60, 80))])
    run = trained(fixed, toy_folder)
    held_out = store.read(run.predictions, "valid")
    assert held_out is not None and list(held_out.ids) == [str(i) for i in range(61, 81)]
