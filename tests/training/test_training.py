from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit import cpu
from kit.contract.model import Objective, View
from kit.contract.sample import Part, Sample
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import DataError, KitError
from kit.files import sha256
from kit.pipeline import predict_held_out, predict_runs, train_run
from kit.prediction import store as predictions
from kit.report.evidence import gather
from kit.runs import Run
from kit.runs.records import PretrainedFile
from kit.training.events import Events


def trained(task: Task, folder: Path, **settings: Any) -> Run:
    return train_run(task, folder, configure(task, {"epochs": 2, "workers": 0, **settings}), Events())


def produced(run: Run) -> dict[str, str]:
    """The hash of everything that must not depend on when or how often a run was started."""
    names = ["predictions.h5", "summary.json", "submission.csv", *run.path.glob("folds/*/weights.safetensors")]
    return {str(Path(name).name): sha256(run.path / name) for name in names if (run.path / name).exists()}


@pytest.fixture
def dropping(toy: Task) -> Task:
    """The toy task with batch norm and dropout: state and randomness that a checkpoint must carry."""

    def build(config: Any) -> Any:
        from paddle import nn

        layers = [nn.Conv2D(1, 8, 3), nn.BatchNorm2D(8), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(288, 2)]
        return nn.Sequential(*layers)

    return replace(toy, models={"dropping": build}, example=jitter)


def jitter(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[np.ndarray, Any]:
    return np.roll(sample.x, rng.integers(8) if rng else 0, axis=-1), sample.y


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(dropping: Task, toy_folder: Path) -> None:
    runs = [trained(dropping, toy_folder, seed=seed, ema=0.9) for seed in (1, 1, 2)]
    for run in runs:
        predict_runs(dropping, [run], toy_folder)
    first, again, other = map(produced, runs)
    assert first == again
    assert len(first) == 4
    assert first["weights.safetensors"] != other["weights.safetensors"]


class StopError(Exception):
    """What a kill looks like inside the process."""


@pytest.mark.parametrize("stop", [(0, 1), (0, 3), (1, 2)])
def test_a_run_that_was_stopped_ends_with_the_same_bytes(dropping: Task, toy_folder: Path, stop: Any) -> None:
    settings = {"folds": 2, "epochs": 3, "ema": 0.9, "patience": 2}
    whole = trained(dropping, toy_folder, **settings)

    def on_epoch_end(run: Run, fold: int, epoch: int, metrics: Any) -> None:
        if (fold, epoch) == stop:
            raise StopError(str(run.path))

    config = configure(dropping, {"workers": 0, **settings})
    with pytest.raises(StopError) as stopped:
        train_run(dropping, toy_folder, config, Events(epoch_ended=on_epoch_end))
    run = Run(Path(str(stopped.value)))
    with pytest.raises(KitError, match=f"--resume {run.name}"):
        predict_runs(dropping, [run], toy_folder)
    train_run(dropping, toy_folder, config, Events(), resume=run)
    assert produced(run) == produced(whole)
    kept = [[record.epoch for record in each.epochs()] for each in (run, whole)]
    assert kept[0] == kept[1]


def test_folds_predict_every_sample_without_having_seen_it(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder, folds=4, epochs=4)
    held = predictions.read(run.predictions, "valid")
    assert held is not None
    assert list(held.ids) == [str(i) for i in range(1, 81)]
    assert np.bincount(held.folds).tolist() == [20, 20, 20, 20]
    scores = [fold.score for fold in run.summary.folds]
    assert run.summary.mean == pytest.approx(np.mean(scores))
    assert run.summary.spread == pytest.approx(np.std(scores, ddof=1))
    file = predict_held_out(toy, run, toy_folder)
    lines = [line.split(",") for line in file.read_text().splitlines()[1:]]
    expected = [[name, str(int(value.argmax()))] for name, value in zip(held.ids, held.values, strict=True)]
    assert lines == expected


def test_the_numbers_among_the_metrics_details_are_kept_for_every_epoch(toy: Task, toy_folder: Path) -> None:
    def details(y_true: Any, y_pred: Any) -> dict[str, Any]:
        wrong = int(np.sum(np.asarray(y_true) != np.asarray(y_pred)))
        return {"wrong": wrong, "words": "none", "table": [1], "undefined": float("nan")}

    task = replace(toy, metric=replace(toy.metric, details=details))
    run = trained(task, toy_folder)
    kept = [record.valid_details for record in run.epochs()]
    assert [list(found or ()) for found in kept] == [["wrong"], ["wrong"]]
    assert kept[-1] == {"wrong": run.summary.details["wrong"]}
    evidence, _ = gather(task, run)
    assert evidence is not None
    assert [line["valid_details"] for line in evidence.epochs] == kept


def test_held_out_samples_may_have_ids_that_the_column_of_the_submission_cannot_hold(
    toy: Task, toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(folder: Path, part: Part) -> list[Sample]:
        return [replace(s, id=f"bar {s.id}.png" if part == "train" else s.id) for s in toy.reader(folder, part)]

    named = replace(toy, reader=read, tune=lambda samples, values, config: {"threshold": 0.5})
    run = trained(named, toy_folder, epochs=1)
    assert "before tuning" in capsys.readouterr().err
    lines = predict_held_out(named, run, toy_folder).read_text().splitlines()
    assert lines[0] == "id,label" and all(line.startswith("bar ") for line in lines[1:])
    assert "id is a column of text in this file" in capsys.readouterr().err


def test_early_stopping_keeps_the_best_epoch(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder, epochs=60, patience=3, learning_rate=0.03)
    (fold,) = run.summary.folds
    history = run.epochs()
    assert len(history) < 60
    assert fold.epoch == history[-1].epoch - 3
    assert fold.score == max(record.valid_score or 0 for record in history)


def test_a_model_learns_the_toy_task(toy: Task, toy_folder: Path) -> None:
    outcome = predict_runs(toy, [trained(toy, toy_folder, epochs=25)], toy_folder)
    assert outcome.score is not None
    assert outcome.score.score >= 0.9


def test_several_runs_are_averaged_into_a_run_of_their_own(toy: Task, toy_folder: Path) -> None:
    first, second = (trained(toy, toy_folder, seed=seed) for seed in (0, 1))
    for run in (first, second):
        predict_runs(toy, [run], toy_folder)
    blend = predict_runs(toy, [first, second], toy_folder)
    assert blend.run.name.endswith("blend")
    values = [predictions.read(run.predictions, "test") for run in (first, second, blend.run)]
    one, two, both = (np.stack(list(part.values)) for part in values if part is not None)
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-6)
    assert blend.run.card.blend == (first.name, second.name)


def test_views_are_averaged_beside_the_plain_one(toy: Task, toy_folder: Path) -> None:
    flipped = replace(toy, views=(View("flip", lambda batch: batch[..., ::-1]),))
    run = trained(flipped, toy_folder)
    plain = predict_runs(flipped, [run], toy_folder)
    alone = predictions.read(plain.run.predictions, "test")
    predict_runs(flipped, [run], toy_folder, tta=True)
    averaged = predictions.read(run.predictions, "test")
    assert alone is not None
    assert averaged is not None
    assert not np.array_equal(np.stack(list(alone.values)), np.stack(list(averaged.values)))
    with pytest.raises(KitError, match="no views"):
        predict_runs(toy, [run], toy_folder, tta=True)


def test_a_loss_that_is_not_finite_ends_the_run_with_advice(toy: Task, toy_folder: Path) -> None:
    broken = replace(toy, objective=Objective(lambda outputs, y, config: outputs.sum() * float("nan"), lambda o: o))
    with pytest.raises(KitError, match="--set learning_rate"):
        trained(broken, toy_folder)


def test_an_estimator_is_trained_kept_and_loaded(toy: Task, toy_folder: Path) -> None:
    def forest(config: Any) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        return make_pipeline(Flat(), LogisticRegression(max_iter=500))

    task = replace(toy, models={"forest": forest})
    run = trained(task, toy_folder, folds=2)
    outcome = predict_runs(task, [run], toy_folder)
    assert (run.path / "folds/0/model.skops").exists()
    assert outcome.check.ok


def test_an_estimator_added_to_the_run_of_a_network_is_not_loaded(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder)
    before = predict_runs(toy, [run], toy_folder).submission.read_bytes()
    (run.path / "folds/0/model.skops").write_bytes(b"hostile")
    assert predict_runs(toy, [run], toy_folder).submission.read_bytes() == before


class Flat:
    """Flatten images for an estimator."""

    def fit(self, x: np.ndarray, y: Any = None) -> Flat:
        """Learn nothing."""
        self.size_ = x[0].size
        return self

    def transform(self, x: np.ndarray) -> np.ndarray:
        """(N, ...) -> (N, F)."""
        return x.reshape(len(x), -1)


def test_unreadable_samples_are_passed_over_only_when_allowed(toy: Task, toy_folder: Path) -> None:
    def example(sample: Sample, rng: Any, config: Any) -> tuple[np.ndarray, Any]:
        if sample.id in ("7", "30"):
            raise OSError("bad sector")
        return sample.x, sample.y

    task = replace(toy, example=example)
    with pytest.raises(DataError, match="bad sector"):
        trained(task, toy_folder)
    with pytest.raises(DataError, match="at most 1"):
        trained(task, toy_folder, skip_bad=1)
    run = trained(task, toy_folder, skip_bad=2, folds=2)
    assert [sample.id for sample in run.card.skipped] == ["7", "30"]
    held = predictions.read(run.predictions, "valid")
    assert held is not None
    assert len(held.ids) == 78


def test_a_resumed_run_refuses_data_that_have_changed(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder)
    (toy_folder / "labels.csv").write_text((toy_folder / "labels.csv").read_text().replace("1,0", "1,1", 1) + "\n")
    with pytest.raises(KitError, match=r"labels\.csv"):
        train_run(toy, toy_folder, configure(toy, {}), Events(), resume=run)


def test_pretrained_weights_are_used_where_they_fit_and_recorded(toy: Task, toy_folder: Path) -> None:
    weights = trained(toy, toy_folder).path / "folds/0/weights.safetensors"
    run = trained(toy, toy_folder, pretrained=str(weights))
    assert run.card.pretrained == PretrainedFile(path=str(weights), sha256=sha256(weights))
    with pytest.raises(KitError, match="missing"):
        trained(toy, toy_folder, pretrained="nowhere.safetensors")


def test_the_run_card_says_what_the_run_was_made_from(toy: Task, toy_folder: Path) -> None:
    card = trained(toy, toy_folder, seed=11).card
    assert card.seed == 11
    assert {file.path: file.sha256 for file in card.inputs}["train.npy"] == sha256(toy_folder / "train.npy")
    assert card.device == "cpu"
    assert card.operators == str(cpu.status())
    assert str(card.engines["held-out part"]) == "eager mode (fewer than 256 samples)"
    assert "numpy" in card.versions


def test_plugins_are_called_after_every_epoch(toy: Task, toy_folder: Path) -> None:
    epochs: list[tuple[int, int]] = []
    events = Events(epoch_ended=lambda run, fold, epoch, metrics: epochs.append((fold, epoch)))
    train_run(toy, toy_folder, configure(toy, {"epochs": 3}), events)
    assert epochs == [(0, 1), (0, 2), (0, 3)]


def test_damaged_weights_are_refused_by_name(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder)
    path = run.path / "folds/0/weights.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="safetensors"):
        predict_runs(toy, [run], toy_folder)


def test_a_config_of_another_version_is_refused(toy: Task, toy_folder: Path, kit_cli: Callable[..., Any]) -> None:
    run = trained(toy, toy_folder)
    run.path.joinpath("config.json").write_text(json.dumps({**run.config, "foreign": 1}))
    with pytest.raises(KitError, match="foreign"):
        predict_runs(toy, [run], toy_folder)
