"""The interval of a score: as wide as chance makes it, and never of no width."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from kit import Metric, metrics
from kit.scoring.interval import score_interval, wilson_interval

ACCURACY = Metric(name="accuracy", function=metrics.accuracy, higher_is_better=True, best=1.0)
AUC = Metric(name="AUC", function=metrics.roc_auc, higher_is_better=True, best=1.0)
LOSS = Metric(name="log loss", function=metrics.log_loss, higher_is_better=False, best=0.0)


def f1_of_rows(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Pool the areas of masks (N, 3): true, predicted, common."""
    return float(2 * y_pred.sum() / (y_true.sum() + y_pred.sum()))


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (5, 5), (1, 2), (399, 400), (10, 17), (200_000, 200_000)])
def test_wilsons_interval_is_that_of_scipy(right, rows):
    expected = binomtest(right, rows).proportion_ci(method="wilson")
    assert wilson_interval(right, rows) == pytest.approx((expected.low, expected.high), abs=1e-7)


@pytest.mark.parametrize("right", [0, 1, 29, 30])
def test_the_interval_of_an_accuracy_contains_it_and_has_a_width(right):
    truth = np.ones(30, dtype=np.int64)
    guess = (np.arange(30) < right).astype(np.int64)
    low, high = score_interval(ACCURACY, truth, guess).ends
    assert 0 <= low <= right / 30 <= high <= 1
    assert high - low > 0.05


def test_a_perfect_ranking_is_not_certain():
    truth = np.arange(30) % 3 == 0  # ten positives
    low, high = score_interval(AUC, truth, truth.astype(float)).ends
    assert high == 1.0
    assert low == pytest.approx(wilson_interval(10, 10)[0])


def test_the_worst_ranking_is_not_certain_either():
    truth = np.arange(30) % 2
    low, high = score_interval(AUC, truth, 1.0 - truth).ends
    assert low == 0.0 and high == pytest.approx(wilson_interval(0, 15)[1])


def test_perfect_masks_get_the_bound_of_as_many_images():
    pooled = Metric(name="F1", function=f1_of_rows, higher_is_better=True, best=1.0)
    areas = np.array([3.0, 5.0, 2.0, 9.0])
    assert score_interval(pooled, areas, areas).ends == wilson_interval(4, 4)


@pytest.mark.parametrize(
    ("metric", "y_pred"), [(AUC, np.full(20, 0.5)), (LOSS, np.full(20, 0.5)), (LOSS, np.arange(20) % 2 * 1.0)]
)
def test_a_score_that_no_resample_changes_has_no_interval_and_a_note(metric, y_pred):
    interval = score_interval(metric, np.arange(20) % 2, y_pred)
    assert interval.ends is None
    assert "same score" in interval.note


def test_the_seed_fixes_the_interval_of_a_resampled_metric():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 100)
    risk = truth * 0.3 + rng.random(100)
    first = score_interval(AUC, truth, risk, seed=0)
    assert first == score_interval(AUC, truth, risk, seed=0)
    assert first.ends != score_interval(AUC, truth, risk, seed=1).ends


def test_without_rounds_there_is_no_interval():
    assert score_interval(ACCURACY, np.ones(9), np.ones(9), rounds=0).ends is None
