"""Paired comparisons of runs: the tests' known values, the samples that one alone gets right, refusals."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import kit
from kit.comparison import compare_runs
from kit.comparison.comparing import significance
from kit.comparison.paired import Paired
from kit.comparison.right import right_samples
from kit.comparison.significance import bootstrap_interval, delong, mcnemar
from kit.discovery import discover
from kit.errors import KitError
from kit.metrics import roc_auc
from kit.runs import Run
from kit.runs.inputs import samples_digest
from tests import toy_task
from tests.report.example_run import write_run

DIGEST = "ab" * 32  # stands for the digest of some samples
IDS = [str(number) for number in range(1, 81)]


@pytest.fixture
def labels(toy_folder: Path) -> np.ndarray:
    return np.loadtxt(toy_folder / "labels.csv", int, delimiter=",", skiprows=1, usecols=1)


def right_except(labels: np.ndarray, wrong: list[int]) -> np.ndarray:
    """Probabilities (N, 2) that are right but for these positions."""
    guess = labels.copy()
    guess[wrong] = 1 - guess[wrong]
    return np.where(np.arange(2) == guess[:, None], 0.9, 0.1).astype("float32")


def run_of(tmp_path: Path, toy_folder: Path, name: str, values: np.ndarray, **card: object) -> Run:
    path = tmp_path / "submissions" / "bars" / f"20260131-12000{len(name)}-{name}"
    return write_run(toy_task.kit_tasks()[0], path, toy_folder, IDS, values, **{"samples": DIGEST, **card})


def test_two_runs_are_compared_by_mcnemar_and_by_the_samples_that_one_gets_right(
    tmp_path: Path, toy_folder: Path, labels: np.ndarray
) -> None:
    first = run_of(tmp_path, toy_folder, "a", right_except(labels, [0, 1, 2, 3, 4, 5, 9]))
    second = run_of(tmp_path, toy_folder, "bb", right_except(labels, [9, 20]))
    task = toy_task.kit_tasks()[0]
    found = compare_runs(task, [first, second], task.reader(toy_folder, "train"))
    assert [member.score for member in found.members] == [73 / 80, 78 / 80]
    difference = found.differences[0]
    assert difference.test == "McNemar, exact"
    assert difference.p == pytest.approx(2 * (1 + 7) / 2**7)  # 1 of 7 discordant samples, two-sided
    assert (difference.only_first, difference.ids_first) == (1, ("21",))
    assert (difference.only_second, difference.ids_second) == (6, ("1", "2", "3", "4", "5", "6"))
    assert difference.difference == pytest.approx(5 / 80)
    assert difference.interval is not None
    assert difference.interval[0] < 5 / 80 < difference.interval[1]
    assert found.uses == 2


def test_runs_of_other_data_are_refused(tmp_path: Path, toy_folder: Path, labels: np.ndarray) -> None:
    values = right_except(labels, [])
    runs = [run_of(tmp_path, toy_folder, "a", values), run_of(tmp_path, toy_folder, "bb", values, samples="cd" * 32)]
    task = toy_task.kit_tasks()[0]
    with pytest.raises(KitError, match="different data"):
        compare_runs(task, runs, task.reader(toy_folder, "train"))


def test_the_samples_of_a_group_are_drawn_together(tmp_path: Path, toy_folder: Path, labels: np.ndarray) -> None:
    task = toy_task.kit_tasks()[0]
    samples = [
        kit.Sample(sample.id, sample.x, sample.y, group=str(int(sample.id) % 8))
        for sample in task.reader(toy_folder, "train")
    ]
    runs = [
        run_of(tmp_path, toy_folder, "a", right_except(labels, list(range(0, 80, 8)))),
        run_of(tmp_path, toy_folder, "bb", right_except(labels, [])),
    ]
    difference = compare_runs(task, runs, samples).differences[0]
    assert difference.test == "bootstrap over groups"
    assert difference.interval == (0.0, 0.375)  # one group of eight is all there is
    assert difference.p is not None
    assert difference.p > 0.5


def test_rows_in_an_order_of_their_own_stay_with_their_samples(
    tmp_path: Path, toy_folder: Path, labels: np.ndarray
) -> None:
    task = toy_task.kit_tasks()[0]
    samples = [
        kit.Sample(sample.id, sample.x, sample.y, group=str(position // 10))
        for position, sample in enumerate(task.reader(toy_folder, "train"))
    ]
    runs = [
        run_of(tmp_path, toy_folder, "a", right_except(labels, list(range(10)))),
        run_of(tmp_path, toy_folder, "bb", right_except(labels, [15])),
    ]
    reversed_task = dataclasses.replace(task, truth=lambda some: [(each.id, each.y) for each in reversed(some)])
    expected, found = (compare_runs(each, runs, samples) for each in (task, reversed_task))
    assert found.differences == expected.differences
    texts = dataclasses.replace(reversed_task, objective="regression")  # right or wrong by the rows of the submission
    values = [predictions[:, 1:].round() for predictions in (right_except(labels, []), right_except(labels, [3, 4]))]
    wrong = right_samples(Paired(texts, samples, values, [{}, {}]), 1)
    assert wrong is not None and np.flatnonzero(~wrong).tolist() == [3, 4]


def test_delong_agrees_with_the_bootstrap_and_with_the_areas() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    first, second = truth + rng.normal(0, 1.5, 400), truth + rng.normal(0, 0.8, 400)
    (low, high), p = delong(truth, first, second)
    difference = roc_auc(truth, second) - roc_auc(truth, first)
    assert (low + high) / 2 == pytest.approx(difference)
    draws = np.array([rng.integers(400, size=400) for _ in range(600)])
    resampled = np.array([roc_auc(truth[rows], second[rows]) - roc_auc(truth[rows], first[rows]) for rows in draws])
    assert (high - low) / (2 * 1.96) == pytest.approx(resampled.std(), rel=0.12)
    assert 0 < p < 0.05
    assert delong(truth, first, 2 * first + 1) == ((0.0, 0.0), 1.0)


def test_an_area_is_compared_by_delong_also_where_the_task_scores_by_itself() -> None:
    task = discover([]).task("eye_disease")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    samples = [kit.Sample(f"{k}.jpg", None, int(label), meta={"letter": "P"}) for k, label in enumerate(truth)]
    noisy = [np.clip(0.5 + 0.2 * (truth - 0.5) + rng.normal(0, 0.15, 60), 0, 1) for _ in range(2)]
    values = [[np.array([risk], np.float64) for risk in each] for each in noisy]
    interval, p, test = significance(Paired(task, samples, values, [{}, {}]), 1)
    assert test == "DeLong"
    assert (interval, p) == delong(truth, *noisy)


def test_few_samples_prove_nothing() -> None:
    assert delong(np.array([0, 0, 1]), np.array([0.1, 0.2, 0.0]), np.array([0.1, 0.2, 0.3])) is None
    assert delong(np.array([0, 0, 1, 1]), np.array([3, 4, 1, 2]), np.array([1, 2, 3, 4])) is None  # areas 0 and 1
    assert bootstrap_interval(np.full(999, 0.1), units=4) == (None, 0.125)
    assert bootstrap_interval(np.full(999, 0.1), units=8) == ((0.1, 0.1), 2**-7)


def test_runs_without_any_difference_have_a_p_value_of_one() -> None:
    right = np.array([True, False, True])
    assert mcnemar(right, right) == 1.0
    assert bootstrap_interval(np.zeros(100)) == ((0.0, 0.0), 1.0)
    assert bootstrap_interval(np.full(100, np.nan)) == (None, None)


def test_kit_compare_prints_json_and_writes_a_page(
    kit_cli, toy_plugins: Path, tmp_path: Path, toy_folder: Path, labels: np.ndarray
) -> None:
    digest = samples_digest(toy_task.read(toy_folder, "train"))
    for name, wrong in (("a", [0, 1]), ("bb", [1]), ("ccc", [])):
        run_of(tmp_path, toy_folder, name, right_except(labels, wrong), samples=digest)
    names = ["20260131-120001", "20260131-120002", "latest"]
    page = tmp_path / "comparison.html"
    result = kit_cli("compare", *names, "--html", page, "--json")
    found = json.loads(result.stdout)
    assert [member["right"] for member in found["members"]] == [78, 79, 80]
    assert [each["only_second"] for each in found["differences"]] == [1, 2]
    text = page.read_text()
    assert "20260131-120003-ccc" in text
    assert "Held-out accuracy by epoch" in text
    assert 'alt="Sample 1"' in text and 'alt="Sample 2"' in text and 'alt="Sample 3"' not in text
    printed = kit_cli("compare", *names).stdout
    assert "p (Holm)" in printed
    assert "only 20260131-120003-ccc gets right: 2 samples: 1, 2" in printed
    assert "nothing to compare" in kit_cli("compare", "latest").stderr
    assert "not trained again" in kit_cli("compare", *names, "--epochs", 3).stderr
