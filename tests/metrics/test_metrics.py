from __future__ import annotations

import doctest
import importlib
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import metrics

MODULES = (
    "kit.metrics.labels",
    "kit.metrics.curves",
    "kit.metrics.overlap",
    "kit.files.json_files",
    "kit.boards.board",
)


@st.composite
def ranked(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels with both classes and scores with many ties."""
    labels = draw(st.lists(st.integers(0, 1), min_size=2, max_size=60))
    labels[0], labels[1] = 0, 1
    scores = draw(st.lists(st.integers(-6, 6), min_size=len(labels), max_size=len(labels)))
    return np.array(labels), np.array(scores) / 4


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_a_docstring_holds(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed


def test_every_metric_has_an_example() -> None:
    functions = [getattr(metrics, name) for name in metrics.__all__ if name != "UndefinedMetricError"]
    assert all(">>>" in function.__doc__ for function in functions)


@given(ranked())
@settings(max_examples=150, deadline=None)
def test_the_ranking_metrics_agree_with_scikit_learn_ties_included(case: tuple[np.ndarray, np.ndarray]) -> None:
    truth, scores = case
    assert metrics.roc_auc(truth, scores) == pytest.approx(reference.roc_auc_score(truth, scores), abs=1e-12)
    expected = reference.average_precision_score(truth, scores)
    assert metrics.average_precision(truth, scores) == pytest.approx(expected, abs=1e-12)
    ours, theirs = metrics.roc_curve(truth, scores), reference.roc_curve(truth, scores, drop_intermediate=False)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)
    ours, theirs = metrics.precision_recall_curve(truth, scores), reference.precision_recall_curve(truth, scores)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


@given(ranked())
@settings(max_examples=60, deadline=None)
def test_the_auc_is_the_share_of_pairs_won(case: tuple[np.ndarray, np.ndarray]) -> None:
    truth, scores = case
    won = [(p > n) + 0.5 * (p == n) for p in scores[truth == 1] for n in scores[truth == 0]]
    assert metrics.roc_auc(truth, scores) == pytest.approx(np.mean(won), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_the_label_metrics_agree_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    truth, guess = np.array(rows).T
    assert metrics.accuracy(truth, guess) == reference.accuracy_score(truth, guess)
    np.testing.assert_array_equal(metrics.confusion_matrix(truth, guess), reference.confusion_matrix(truth, guess))
    order = [3, 1, 0, 2]
    ours, theirs = (f(truth, guess, labels=order) for f in (metrics.confusion_matrix, reference.confusion_matrix))
    np.testing.assert_array_equal(ours, theirs)
    one, other = (truth == 1).astype(int), (guess == 1).astype(int)
    scores: dict[str, Any] = {"precision": reference.precision_score, "recall": reference.recall_score}
    for name, function in {**scores, "f1": reference.f1_score}.items():
        assert getattr(metrics, name)(truth, guess) == pytest.approx(function(one, other, zero_division=0), abs=1e-12)
    assert metrics.sensitivity(truth, guess) == metrics.recall(truth, guess)
    expected = reference.recall_score(1 - one, 1 - other, zero_division=0)
    assert metrics.specificity(truth, guess) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_log_loss_agrees_with_scikit_learn_certain_mistakes_included(dtype: type) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 50)
    probabilities = rng.dirichlet([0.3] * 3, 50).astype(dtype)
    probabilities[0] = np.eye(3)[(truth[0] + 1) % 3]
    expected = reference.log_loss(truth, probabilities, labels=[0, 1, 2])
    assert metrics.log_loss(truth, probabilities) == pytest.approx(expected, rel=1e-5)
    binary = truth > 0
    one = probabilities[:, 0].astype(np.float64)
    assert metrics.log_loss(binary, one) == pytest.approx(reference.log_loss(binary, one), rel=1e-9)


def test_overlap_from_areas_is_overlap_of_pixels() -> None:
    rng = np.random.default_rng(1)
    truth, guess = rng.random((2, 30, 30)) < 0.4
    areas = (truth.sum(), guess.sum(), (truth & guess).sum())
    assert metrics.dice(*areas) == pytest.approx(reference.f1_score(truth.ravel(), guess.ravel()))
    assert metrics.iou(*areas) == pytest.approx(reference.jaccard_score(truth.ravel(), guess.ravel()))
    assert metrics.dice(0, 0, 0) == metrics.iou(0, 0, 0) == 1.0
    assert metrics.dice(5, 0, 0) == metrics.iou(0, 5, 0) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.accuracy([1, 2], [1]), "y_true has 2 rows and y_pred has 1"),
        (lambda: metrics.accuracy([], []), "empty"),
        (lambda: metrics.accuracy([[1]], [[1]]), "one axis"),
        (lambda: metrics.accuracy([1, 2], ["1", "2"]), "never be equal"),
        (lambda: metrics.f1([1.0, math.nan], [1, 1]), "NaN"),
        (lambda: metrics.confusion_matrix([0, 7], [0, 0], labels=[0, 1]), "y_true holds 7"),
        (lambda: metrics.roc_auc([0, 2], [0.1, 0.2]), "0 and 1, found 0, 2"),
        (lambda: metrics.roc_auc([0, 1], [0.1, math.nan]), "finite, found nan"),
        (lambda: metrics.roc_auc([0, 1], ["a", "b"]), "must hold numbers"),
        (lambda: metrics.log_loss([0, 1], [0.5, 1.5]), "from 0 to 1"),
        (lambda: metrics.log_loss([0, 2], [[0.5, 0.5], [0.5, 0.5]]), "class numbers from 0 to 1"),
        (lambda: metrics.log_loss([0, 1], [[0.5, 0.1], [0.5, 0.5]]), "sum to 1"),
        (lambda: metrics.log_loss([0, 1], [[0.5, 0.5]]), "expected y_true"),
        (lambda: metrics.dice(1, 1, 2), "larger than one of its masks"),
        (lambda: metrics.iou(-1, 1, 0), "not negative"),
        (lambda: metrics.dice([1, 2], [1], [1]), "one shape"),
    ],
)
def test_bad_input_is_refused_in_words(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("function", [metrics.roc_auc, metrics.roc_curve])
def test_one_class_alone_has_no_roc_curve(function: Any) -> None:
    with pytest.raises(metrics.UndefinedMetricError, match="only class 1"):
        function([1, 1], [0.2, 0.3])


@pytest.mark.parametrize("function", [metrics.average_precision, metrics.precision_recall_curve])
def test_no_positive_row_has_no_precision_recall_curve(function: Any) -> None:
    with pytest.raises(metrics.UndefinedMetricError, match="no positive"):
        function([0, 0], [0.2, 0.3])


def test_rows_of_several_columns_count_when_all_are_equal() -> None:
    rows = np.array([("1+1", "2"), ("2+2", "4"), ("3+3", "6")], dtype=[("expression", object), ("result", object)])
    guess = rows.copy()
    guess["result"][1] = "5"
    assert metrics.accuracy(rows, guess) == pytest.approx(2 / 3)


def test_the_auc_bootstrap_has_the_spread_of_plain_resampling() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 200)
    scores = np.round(truth + rng.normal(0, 1.2, 200), 1)
    quick = metrics.roc_auc_bootstrap(truth, scores, 300, np.random.default_rng(4))
    draws = np.random.default_rng(4)
    plain = []
    for _ in range(300):
        rows = draws.integers(200, size=200)
        plain.append(metrics.roc_auc(truth[rows], scores[rows]))
    np.testing.assert_allclose(quick, plain, atol=1e-12)


def test_a_draw_of_one_class_is_nan_in_the_auc_bootstrap() -> None:
    drawn = metrics.roc_auc_bootstrap([0, 1], [0.1, 0.2], 50, np.random.default_rng(0))
    assert 0 < np.isnan(drawn).sum() < 50
    assert set(drawn[~np.isnan(drawn)]) == {1.0}


def test_the_accuracy_bootstrap_has_the_spread_of_plain_resampling() -> None:
    truth, guess = np.zeros(400, int), (np.arange(400) < 40).astype(int)
    drawn = metrics.accuracy_bootstrap(truth, guess, 4000, np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(0.9, abs=0.002)
    assert drawn.std() == pytest.approx(math.sqrt(0.9 * 0.1 / 400), rel=0.05)


def test_metrics_import_numpy_alone() -> None:
    code = "import sys, kit.metrics; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"paddle", "sklearn", "scipy", "pandas", "matplotlib"} & set(loaded)
