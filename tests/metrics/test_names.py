"""Metrics by name, held against scikit-learn."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pytest
from sklearn import metrics as sk

from kit import metrics
from kit.errors import KitError
from kit.inspection.metric_names import METRICS, find_metric
from kit.metrics import UndefinedMetricError, by_name

RNG = np.random.default_rng(7)
CLASSES, GUESSED = RNG.integers(0, 4, 200), RNG.integers(0, 4, 200)
BINARY, PROBABILITY = RNG.integers(0, 2, 200), np.round(RNG.random(200), 1)
VALUES, NEAR = RNG.random(200) * 9, RNG.random(200) * 9
RELEVANCE, SCORES = RNG.integers(0, 4, (30, 8)), RNG.integers(0, 5, (30, 8)) / 5
COLUMNS, COLUMN_P = RNG.integers(0, 2, (200, 3)), RNG.uniform(0.01, 0.99, (200, 3))

CASES = {
    "accuracy": (CLASSES, GUESSED, sk.accuracy_score),
    "balanced accuracy": (CLASSES, GUESSED, sk.balanced_accuracy_score),
    "F1": (BINARY, PROBABILITY > 0.5, sk.f1_score),
    "macro F1": (CLASSES, GUESSED, lambda t, p: sk.f1_score(t, p, average="macro")),
    "micro F1": (CLASSES, GUESSED, lambda t, p: sk.f1_score(t, p, average="micro")),
    "quadratic weighted kappa": (CLASSES, GUESSED, lambda t, p: sk.cohen_kappa_score(t, p, weights="quadratic")),
    "mean sample F1": (COLUMNS, COLUMN_P > 0.5, lambda t, p: sk.f1_score(t, p, average="samples", zero_division=1)),
    "mean sample F2": (
        COLUMNS,
        COLUMN_P > 0.5,
        lambda t, p: sk.fbeta_score(t, p, beta=2, average="samples", zero_division=1),
    ),
    "AUC": (BINARY, PROBABILITY, sk.roc_auc_score),
    "Gini": (BINARY, PROBABILITY, lambda t, p: 2 * sk.roc_auc_score(t, p) - 1),
    "log loss": (BINARY, COLUMN_P[:, 0], sk.log_loss),
    "mean column-wise AUC": (COLUMNS, COLUMN_P, lambda t, p: sk.roc_auc_score(t, p, average="macro")),
    "mean column-wise log loss": (
        COLUMNS,
        COLUMN_P,
        lambda t, p: np.mean([sk.log_loss(t[:, i], p[:, i]) for i in range(3)]),
    ),
    "RMSE": (VALUES, NEAR, lambda t, p: sk.mean_squared_error(t, p) ** 0.5),
    "RMSLE": (VALUES, NEAR, lambda t, p: sk.mean_squared_log_error(t, p) ** 0.5),
    "MAE": (VALUES, NEAR, sk.mean_absolute_error),
    "R2": (VALUES, NEAR, sk.r2_score),
    "mean column-wise RMSE": (COLUMNS, COLUMN_P, lambda t, p: np.mean(np.mean((t - p) ** 2, axis=0) ** 0.5)),
    "Dice": (COLUMNS.reshape(2, 100, 3), COLUMN_P.reshape(2, 100, 3) > 0.5, None),
    "IoU": (COLUMNS.reshape(2, 100, 3), COLUMN_P.reshape(2, 100, 3) > 0.5, None),
    "NDCG@3": (RELEVANCE, SCORES, lambda t, p: sk.ndcg_score(t, p, k=3)),
}
OF_MASKS = {"Dice": sk.f1_score, "IoU": sk.jaccard_score}


@pytest.mark.parametrize("name", CASES)
def test_a_metric_by_name_agrees_with_scikit_learn(name):
    truth, guess, reference = CASES[name]
    if reference is None:
        pairs = zip(truth, guess, strict=True)
        expected = np.mean([OF_MASKS[name](mask.ravel(), other.ravel()) for mask, other in pairs])
    else:
        expected = reference(truth, guess)
    assert by_name(name).function(truth, guess) == pytest.approx(expected, abs=1e-9)


def test_every_name_that_new_task_knows_is_known():
    assert [by_name(metric.name.upper()).name for metric in METRICS] == [metric.name for metric in METRICS]


def test_new_task_finds_rankings_and_refuses_a_metric_that_it_writes_no_code_for():
    assert find_metric("area under the ROC curve").name == "AUC"
    assert (find_metric("map@5").name, find_metric("NDCG@3").values) == ("MAP@5", ("ranking",))
    with pytest.raises(KitError, match="not known") as error:
        find_metric("charm")
    assert "MAP@K" in str(error.value)


def test_a_perfect_prediction_beats_a_bad_one_in_the_direction_that_is_declared():
    for name in ("MAE", "RMSE", "RMSLE", "R2"):
        metric = by_name(name)
        better = metric.function(VALUES, VALUES) - metric.function(VALUES, NEAR)
        assert (better > 0) is metric.higher_is_better


def test_the_mean_average_precision_follows_kaggles_definition():
    truth, guess = [["a", "b"], ["c"], ["d"]], [["a", "x", "b"], ["x", "c", "c"], ["x", "y", "z"]]
    assert by_name("MAP@3").function(truth, guess) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2 + 0) / 3)
    assert by_name("map@1").function(truth, guess) == pytest.approx(1 / 3)
    assert metrics.map_at_k([["a"]], [["x", "a", "a"]], 3) == pytest.approx(0.5)


def test_the_kappa_counts_a_class_that_does_not_occur():
    truth, guess = [0, 0, 3, 3], [0, 3, 3, 1]
    expected = sk.cohen_kappa_score(truth, guess, labels=[0, 1, 2, 3], weights="quadratic")
    assert metrics.quadratic_weighted_kappa(truth, guess) == pytest.approx(expected)


def test_what_has_no_value_or_makes_no_sense_is_refused():
    with pytest.raises(UndefinedMetricError):
        metrics.r2([1, 1], [1, 2])
    with pytest.raises(UndefinedMetricError):
        metrics.quadratic_weighted_kappa([2, 2], [2, 2])
    with pytest.raises(ValueError, match="whole numbers"):
        metrics.quadratic_weighted_kappa([1, 2], [1.5, 2])
    with pytest.raises(ValueError, match="negative"):
        metrics.rmsle([1, 2], [1, -2])
    with pytest.raises(ValueError, match="one shape"):
        metrics.column_wise(metrics.mae, [[1, 2]], [[1]])
    with pytest.raises(ValueError, match="mask 0"):
        metrics.over_masks(metrics.dice, [np.ones((2, 2))], [np.ones((2, 3))])
    with pytest.raises(KitError, match="not known"):
        by_name("MAP@0")


@pytest.mark.parametrize("name", ["agreement", "names", "ranking", "regression"])
def test_the_examples_are_true(name):
    result = doctest.testmod(importlib.import_module(f"kit.metrics.{name}"))
    assert result.attempted
    assert not result.failed
