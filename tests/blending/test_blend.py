"""Blends: honest gains, members that do not help, and runs that cannot be blended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kit
from kit.blending import METHODS, choose_blend, write_blend
from kit.contract.task import Task
from kit.errors import DataError, KitError
from kit.metrics import roc_auc
from kit.prediction import store
from kit.runs import Run
from tests.training.test_training import trained

SAMPLES = 200


@pytest.fixture
def member(toy: Task, tmp_path: Path) -> Callable[..., Run]:
    """Make a run that holds predictions: the truth with noise of its own."""

    def make(name: str, noise: float, seed: int, values: np.ndarray | None = None, digest: str = "same") -> Run:
        path = tmp_path / "submissions" / toy.name / name
        path.mkdir(parents=True)
        card = {"task": toy.name, "kit": "0", "created": "", "command": [], "versions": {}, "seed": 0, "threads": None}
        card |= {"data": "", "inputs": [], "pretrained": None, "git": None, "samples": digest, "schema": 1}
        (path / "card.json").write_text(json.dumps(card))
        run = Run(path)
        held = predictions(noise, seed) if values is None else values
        store.write(run.predictions, "valid", store.Predictions([str(i) for i in range(SAMPLES)], list(held)))
        return run

    return make


def labels() -> np.ndarray:
    return np.random.default_rng(9).integers(0, 2, SAMPLES)


def predictions(noise: float, seed: int) -> np.ndarray:
    """Probabilities (N, 2) of the true class, disturbed."""
    logit = 2.0 * (2 * labels() - 1) + np.random.default_rng(seed).normal(0, noise, SAMPLES)
    positive = 1 / (1 + np.exp(-logit))
    return np.stack([1 - positive, positive], axis=1).astype(np.float32)


def samples() -> list[kit.Sample]:
    return [kit.Sample(str(i), None, int(label)) for i, label in enumerate(labels())]


def test_members_with_errors_of_their_own_are_better_together(toy: Task, member: Callable[..., Run]) -> None:
    runs = [member(f"run-{seed}", 2.5, seed) for seed in range(3)]
    for method in ("greedy", "mean", "weights", "stack"):
        blended = choose_blend(toy, runs, samples(), method)
        assert blended.gain > 0.02 and blended.helps, method
        assert blended.interval is not None and blended.interval[0] < blended.gain < blended.interval[1]
        assert abs(blended.correlation[0, 1]) < 0.4 and blended.correlation[1, 1] == pytest.approx(1)


def test_many_members_that_are_alike_are_all_worth_something(toy: Task, member: Callable[..., Run]) -> None:
    blended = choose_blend(toy, [member(f"run-{seed}", 3.5, seed) for seed in range(9)], samples())
    assert np.count_nonzero(blended.combination.weights()) > 3
    assert blended.gain > 0.08 and blended.helps


def test_a_random_member_gets_weight_zero_and_a_copy_changes_nothing(toy: Task, member: Callable[..., Run]) -> None:
    good, other = member("good", 2.0, 1), member("other", 2.0, 2)
    random = member("random", 0, 0, np.random.default_rng(5).dirichlet([1, 1], SAMPLES).astype(np.float32))
    alone = choose_blend(toy, [good, other], samples())
    with_random = choose_blend(toy, [good, other, random], samples())
    assert with_random.combination.weights()[2] == 0 and with_random.chosen >= alone.chosen
    copied = choose_blend(toy, [good, member("copy", 2.0, 1)], samples())
    assert not copied.helps and copied.gain == 0 and copied.nested == copied.scores[0]


def test_ranks_are_for_metrics_of_order(toy: Task, member: Callable[..., Run]) -> None:
    form = kit.Format(columns=(kit.integer("id", 0), kit.number("label", 0, 1)), id="id")
    metric = kit.Metric(name="AUC", function=roc_auc, higher_is_better=True)
    task = replace(toy, objective="binary", format=form, metric=metric)
    runs = [member(f"r{seed}", 2.5, seed, predictions(2.5, seed)[:, 1:] ** (1 + 8 * seed)) for seed in range(2)]
    assert choose_blend(task, runs, samples(), "rank").gain > 0
    with pytest.raises(KitError, match="one number for each sample"):
        choose_blend(toy, [member("a", 1, 1), member("b", 1, 2)], samples(), "rank")


def test_the_whole_way_from_runs_to_a_ranked_blend(
    toy: Task, toy_folder: Path, kit_cli: Any, toy_plugins: Path
) -> None:
    runs = [trained(toy, toy_folder, folds=2, seed=seed, epochs=4) for seed in (1, 2)]
    with pytest.raises(KitError, match="has not predicted the test part"):
        write_blend(toy, runs, toy_folder)
    for run in runs:
        assert kit_cli("predict", run.name).exit_code == 0
    refused = kit_cli("blend", *[run.name for run in runs], "--method", "mean")
    forced = kit_cli("blend", *[run.name for run in runs], "--method", "mean", "--force", "--json")
    assert forced.exit_code == 0, forced.stderr
    found = json.loads(forced.stdout)
    assert (refused.exit_code == 0) == (found["gain"] > 0) and found["members"][0]["weight"] == 0.5
    blend = Run(toy_folder.parent / "submissions" / "bars" / found["run"])
    assert blend.is_blend and blend.summary.pooled == pytest.approx(found["nested"])
    page = (blend.path / "report.html").read_text(encoding="utf-8")
    assert "Correlation of the members" in page and runs[0].name in page
    assert found["run"] in kit_cli("leaderboard", "bars").stdout
    again = kit_cli("blend", blend.name, runs[0].name, "--force")
    assert again.exit_code == 0, again.stderr


def test_what_cannot_be_blended_is_refused(toy: Task, toy_folder: Path, member: Callable[..., Run]) -> None:
    one, other = member("one", 1, 1), member("two", 1, 2, digest="other")
    with pytest.raises(KitError, match="different data"):
        choose_blend(toy, [one, other], samples())
    with pytest.raises(KitError, match="at least two"):
        choose_blend(toy, [one], samples())
    run = trained(toy, toy_folder)
    store.write(run.predictions, "test", store.Predictions(["1"], [np.zeros(2, np.float32)]))
    with pytest.raises(DataError, match="another test part"):
        write_blend(toy, [run, run], toy_folder)
    assert set(METHODS) == {"greedy", "mean", "rank", "weights", "stack"}
