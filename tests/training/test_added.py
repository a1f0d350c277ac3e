"""Pseudo-labels and external data: added to training parts only, counted by class, with the gain they brought."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kit
from kit.contract.task import Task
from kit.data import Fold
from kit.data.contents import content, repeated
from kit.data.contest import ContestData
from kit.data.loader import Loader
from kit.data.reading import plain_items
from kit.errors import KitError
from kit.pipeline import train_run
from kit.prediction import store
from kit.runs import every_run
from kit.runs.inputs import samples_digest
from kit.training.added import added_samples, pseudo_label, with_added
from kit.training.events import Events
from tests import toy_task
from tests.report.example_run import guesses, write_run

QUICK = ("--epochs", 1, "--set", "workers=0", "--folds", 2)


def test_a_run_trains_on_confident_predictions_and_reports_the_gain(
    kit_cli: Any, toy_plugins: Path, toy_folder: Path
) -> None:
    assert kit_cli("run", "bars", "--data", toy_folder, *QUICK).exit_code == 0
    [first] = every_run("bars")
    predicted = store.read(first.predictions, "test")
    assert predicted is not None
    limit = float(np.median([value.max() for value in predicted.values]))
    command = ("run", "bars", "--data", toy_folder, *QUICK, "--pseudo", "latest", "--confidence", limit)
    command += ("--set", "split_seed=0")  # the folds are the same
    result = kit_cli(*command)
    assert result.exit_code == 0, result.stderr
    second = next(run for run in every_run("bars") if run.name != first.name)
    added = second.added
    assert added is not None
    assert (added.parts[0].samples, added.parts[0].left_out) == (10, 10)
    assert sum(added.parts[0].classes.values()) == 10
    assert added.against == first.name
    assert second.config["pseudo"] == f"bars/{first.name}"  # "latest" would be another run when it is resumed
    assert added.interval is not None
    held = [store.read(run.predictions, "valid") for run in (first, second)]
    assert list(held[0].ids) == list(held[1].ids) == [str(number) for number in range(1, 81)]
    assert not np.array_equal(held[0].values, held[1].values)
    page = (second.path / "report.html").read_text()
    assert "Pseudo-labels: 10 samples" in page
    assert "Paired gain in accuracy" in page
    assert f"gain over {first.name}" in result.stderr


def test_external_data_are_added_without_copies_of_training_samples(
    toy: Task, toy_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    toy_task.make_sample(other, 12, 7)
    images = np.load(other / "train.npy")
    images[:2] = np.load(toy_folder / "train.npy")[:2]
    np.save(other / "train.npy", images)
    config = dataclasses.replace(toy.config, extra=str(other))
    with ContestData(toy, toy_folder, config) as contest:
        [added] = added_samples(contest)
    assert (added.part.samples, added.part.left_out) == (10, 2)
    assert {sample.id for sample in added.samples} == {f"extra {number}" for number in range(3, 13)}


def test_an_estimator_takes_no_soft_labels(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    def flat(sample: kit.Sample, rng: Any, config: kit.TrainConfig) -> tuple[np.ndarray, Any]:
        return sample.x.ravel(), sample.y

    task = dataclasses.replace(toy, models={"linear": lambda config: LogisticRegression()}, example=flat)
    digest = samples_digest(toy.reader(toy_folder, "train"))
    ids = [str(number) for number in range(1, 81)]
    run = write_run(toy, tmp_path / "submissions" / "bars" / "first", toy_folder, ids, guesses(80), samples=digest)
    store.write(run.predictions, "test", store.Predictions([str(k) for k in range(1, 21)], list(guesses(20))))
    config = dataclasses.replace(
        toy.config, model="linear", workers=0, pseudo="first", confidence=0.0, pseudo_labels="soft"
    )
    with pytest.raises(KitError, match="takes classes as labels"):
        train_run(task, toy_folder, config, Events())
    hard = train_run(task, toy_folder, dataclasses.replace(config, pseudo_labels="hard"), Events())
    assert hard.added is not None and hard.added.parts[0].samples == 20


@pytest.mark.parametrize("kind", ["text", "row", "path", "tuple"])
def test_copies_of_any_kind_of_input_are_recognised(kind: str, tmp_path: Path) -> None:
    def sample(value: int, id: str) -> kit.Sample:
        (tmp_path / id).write_text(f"file {value}")
        inputs = {
            "text": f"a text of {value}",
            "row": {"age": value, "city": None},
            "path": tmp_path / id,
            "tuple": (np.full(3, value), f"{value}"),
        }
        return kit.Sample(id, inputs[kind], 0)

    known = [sample(value, f"known {value}") for value in range(3)]
    assert repeated(known, [sample(value, f"new {value}") for value in (2, 3, 0)]) == [True, False, True]


def test_a_table_is_compared_by_its_cells_and_an_unknown_object_is_no_copy() -> None:
    import pandas as pd

    table = pd.DataFrame({"age": [3, 4], "city": ["Ulm", None]})
    assert content(table.iloc[[0]]) == content(table.iloc[[0]].reset_index(drop=True)) != content(table.iloc[[1]])
    assert content(object()) is None
    assert repeated([kit.Sample("a", object(), 0)], [kit.Sample("b", object(), 0)]) == [False]


def test_a_test_sample_that_is_in_the_training_part_too_gets_no_pseudo_label(
    toy: Task, toy_folder: Path, tmp_path: Path
) -> None:
    images = np.load(toy_folder / "test.npy")
    images[3] = np.load(toy_folder / "train.npy")[40]  # its pseudo-label would tell the held-out label
    np.save(toy_folder / "test.npy", images)
    ids = [str(number) for number in range(1, 81)]
    digest = samples_digest(toy.reader(toy_folder, "train"))
    run = write_run(toy, tmp_path / "submissions" / "bars" / "first", toy_folder, ids, guesses(80), samples=digest)
    store.write(run.predictions, "test", store.Predictions([str(k) for k in range(1, 21)], list(guesses(20))))
    config = dataclasses.replace(toy.config, pseudo="first", confidence=0.0)
    with ContestData(toy, toy_folder, config) as contest:
        [added] = added_samples(contest)
        assert len(added.samples) == 19 and "4" not in {each.id.removeprefix("pseudo ") for each in added.samples}
        assert "also in the training part" in added.part.reason
        (run.path / "blend.json").write_text('{"method": "rank"}')
        with pytest.raises(KitError, match="ranks"):
            added_samples(contest)


def test_added_samples_are_never_held_out_and_a_held_out_group_stays_away() -> None:
    groups = ["a", "a", "b", "c", "a", None, "d"]
    samples = [kit.Sample(str(i), None, 0, group) for i, group in enumerate(groups)]
    fold = with_added(Fold("0", np.array([2, 3]), np.array([0, 1])), samples, 4)
    assert fold.train.tolist() == [2, 3, 5, 6]
    assert fold.valid.tolist() == [0, 1]


def test_soft_labels_stand_beside_classes_in_one_batch(toy: Task) -> None:
    samples = [
        kit.Sample("a", np.zeros((1, 8, 8)), 1),
        kit.Sample("b", np.zeros((1, 8, 8)), np.array([0.75, 0.25], np.float32)),
    ]
    with Loader(toy, samples, dataclasses.replace(toy.config, workers=0)) as loader:
        batch = next(loader.batches(plain_items(range(2)), 2))
    assert batch.y.tolist() == [[0.0, 1.0], [0.75, 0.25]]


@pytest.mark.parametrize(
    ("objective", "kind", "value", "like", "label", "confidence"),
    [
        ("classification", "hard", [0.1, 0.9], 0, 1, 0.9),
        ("classification", "soft", [0.1, 0.9], 0, [0.1, 0.9], 0.9),
        ("binary", "hard", [0.2], 1, 0, 0.8),
        ("binary", "soft", [0.2], 1, 0.2, 0.8),
        ("multilabel", "hard", [0.9, 0.3], np.array([0, 1]), [1, 0], 0.7),
        ("regression", "hard", [3.5], 1.0, 3.5, 1.0),
    ],
)
def test_a_prediction_becomes_a_label_as_the_task_writes_its_own(
    toy: Task, objective: Any, kind: Any, value: list[float], like: Any, label: Any, confidence: float
) -> None:
    task = dataclasses.replace(toy, objective=objective)
    config = dataclasses.replace(toy.config, pseudo_labels=kind)
    found, sure = pseudo_label(task, config, np.array(value, np.float32), like)
    assert np.allclose(found, label)
    assert sure == pytest.approx(confidence)


def test_pseudo_labels_without_test_predictions_are_refused(kit_cli: Any, toy_plugins: Path, toy_folder: Path) -> None:
    assert kit_cli("train", "bars", "--data", toy_folder, *QUICK).exit_code == 0
    result = kit_cli("train", "bars", "--data", toy_folder, *QUICK, "--pseudo", "latest")
    assert "has no predictions of the test part" in result.stderr
    assert "kit predict" in result.stderr
    missing = kit_cli("train", "bars", "--data", toy_folder, *QUICK, "--extra", "nowhere")
    assert "no such data" in missing.stderr


def test_a_task_with_an_objective_of_its_own_has_no_pseudo_labels(toy: Task) -> None:
    task = dataclasses.replace(toy, objective=kit.Objective(lambda *_: 0, lambda outputs: outputs))
    with pytest.raises(KitError, match="objective of its own"):
        pseudo_label(task, task.config, np.zeros(2), 0)
