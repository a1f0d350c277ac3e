"""Estimators predict in the form in which a network of the same objective does, so that the two can be averaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

import kit
from kit.contract.task import Task
from kit.pipeline import predict_runs
from kit.prediction import store
from kit.prediction.engines import estimator_forward
from tests.training.test_training import trained

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
LABELS = (X[:, :2] > 0).astype(int)
CASES = {
    "one of two classes": (LogisticRegression(), LABELS[:, 0], "binary", (40, 1)),
    "classes": (LogisticRegression(), LABELS.sum(axis=1), "classification", (40, 3)),
    "classes of which the training part lacks some": (
        LogisticRegression(),
        LABELS[:, 0] * 3,
        "classification",
        (40, 4),
    ),
    "labels by a forest": (RandomForestClassifier(5, random_state=0), LABELS, "multilabel", (40, 2)),
    "labels by one model each": (OneVsRestClassifier(LogisticRegression()), LABELS, "multilabel", (40, 2)),
    "a number": (LinearRegression(), X[:, 0], "regression", (40, 1)),
    "numbers": (LinearRegression(), X[:, :2], "regression", (40, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_predictions_have_the_form_of_the_objective(name: str) -> None:
    estimator, y, objective, shape = CASES[name]
    predicted = estimator_forward(estimator.fit(X, y), objective)(X)
    assert predicted.shape == shape
    if objective == "classification":
        assert (predicted.argmax(axis=1) == estimator.predict(X)).all()
    elif objective == "regression":
        np.testing.assert_allclose(predicted.reshape(y.shape), estimator.predict(X), atol=1e-6)
    else:
        assert ((predicted > 0.5).reshape(y.shape) == estimator.predict(X)).all()


class Flat(LinearRegression):  # type: ignore[misc]
    """A linear regression on pixels."""

    def fit(self, X: Any, y: Any) -> Any:  # noqa: N803
        return super().fit(X.reshape(len(X), -1), y)

    def predict(self, X: Any) -> Any:  # noqa: N803
        return super().predict(X.reshape(len(X), -1))


class Recorder(LogisticRegression):  # type: ignore[misc]
    """Keeps the shapes of what ``fit`` was given."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None) -> Recorder:  # noqa: N803
        self.given_ = [None if each is None else list(np.shape(each)) for each in (X, y, sample_weight, X_val, y_val)]
        super().fit(X.reshape(len(X), -1), y, sample_weight)
        return self

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        return super().predict_proba(X.reshape(len(X), -1))


@pytest.mark.parametrize("patience", [0, 2])
def test_fit_gets_weights_and_for_early_stopping_the_held_out_part(
    patience: int, toy: Task, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
        return [replace(sample, meta={"weight": 2.0}) for sample in toy.reader(folder, part)]

    built: list[Recorder] = []

    def build(config: Any) -> Recorder:
        built.append(Recorder())
        return built[-1]

    trained(replace(toy, reader=read, models={"recorder": build}), toy_folder, patience=patience)
    held_out = [[8, 1, 8, 8], [8]] if patience else [None, None]
    assert built[0].given_ == [[72, 1, 8, 8], [72], [72], *held_out]


def test_a_model_that_predicts_numbers_needs_no_probabilities(toy: Task, toy_folder: Path) -> None:
    form = kit.Format(columns=(kit.integer("id", 1), kit.integer("label")), id="id")
    task = replace(toy, format=form, objective="regression", models={"linear": lambda config: Flat()})
    run = trained(task, toy_folder)
    held_out = store.read(run.predictions, "valid")
    assert held_out is not None and {value.shape for value in held_out.values} == {(1,)}
    assert predict_runs(task, [run], toy_folder).check.ok


def test_an_estimator_of_several_inputs_predicts_a_number_for_each_sample() -> None:
    class Sum:
        """Adds the inputs."""

        def predict(self, x: dict[str, np.ndarray]) -> np.ndarray:
            return np.asarray(x["a"].sum(axis=1) + x["b"].sum(axis=1))

    batch = {"a": np.ones((5, 2)), "b": np.ones((5, 3))}
    assert estimator_forward(Sum(), "regression")(batch).tolist() == [[5.0]] * 5
