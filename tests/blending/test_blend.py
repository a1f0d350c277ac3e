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
import kit.report
from kit.blending import METHODS, blend_run, choose_blend, write_blend
from kit.blending.blend import _nested
from kit.comparison.paired import refuse_other_samples
from kit.contract.task import Task
from kit.errors import DataError, KitError
from kit.interruption import Interrupted
from kit.metrics import mae, roc_auc
from kit.prediction import store
from kit.runs import Run, every_run
from kit.runs.inputs import samples_digest
from kit.runs.records import InputFile
from kit.scoring import HeldOutScorer
from tests.report.example_run import write_run

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


def test_a_member_that_predicts_nothing_gets_weight_zero_whatever_the_noise(toy: Task) -> None:
    for seed in range(6):
        rng = np.random.default_rng(100 + seed)
        values = np.stack([predictions(2.5, seed), predictions(2.5, 50 + seed), rng.dirichlet([1, 1], SAMPLES)])
        for method in ("greedy", "weights"):
            weights = METHODS[method](toy, values.astype(np.float32), samples()).weights()
            assert weights is not None
            assert weights[2] == 0 and sum(weights) == pytest.approx(1), (method, seed)


def test_the_nested_score_does_not_believe_what_many_members_reach_by_chance(toy: Task) -> None:
    rng = np.random.default_rng(0)
    chance = rng.dirichlet([1, 1], (20, SAMPLES)).astype(np.float32)  # 20 members that know nothing
    score, found = HeldOutScorer(toy, samples()).tuned_score, {}
    for method in ("mean", "stack"):
        chosen = score(METHODS[method](toy, chance, samples()).apply(chance))
        found[method] = chosen, score(_nested(toy, chance, samples(), method))
    assert found["mean"][0] == found["mean"][1]
    assert found["stack"][0] > 0.58 and found["stack"][1] < 0.55


def test_a_part_without_a_value_of_the_metric_has_no_say(area: Task, member: Callable[..., Run]) -> None:
    few = [replace(sample, y=int(position == 3)) for position, sample in enumerate(samples()[:12])]
    runs = [member(name, 0, 0, predictions(3, seed)[:, 1:]) for seed, name in enumerate("ab")]
    for method in ("greedy", "weights", "mean", "rank"):
        assert np.isfinite(choose_blend(area, runs, few, method).nested), method
    with pytest.raises(KitError, match="has no value on the samples"):
        choose_blend(area, runs, [replace(sample, y=0) for sample in few])


def test_a_class_that_a_stacked_model_has_not_seen_gets_no_probability(toy: Task, member: Callable[..., Run]) -> None:
    rare = [replace(sample, y=2 if position == 7 else sample.y) for position, sample in enumerate(samples())]
    form = kit.Format(columns=(kit.integer("id", 0), kit.integer("label", 0, 2)), id="id")
    wide = [np.hstack([predictions(2.5, seed) * 0.98, np.full((SAMPLES, 1), 0.02, np.float32)]) for seed in (1, 2)]
    runs = [member(f"r{k}", 0, 0, values) for k, values in enumerate(wide)]
    blended = choose_blend(replace(toy, format=form), runs, rare, "stack")
    assert blended.values[7][2] == 0  # the only one of its class was not among those that its model was fitted on
    assert blended.nested > 0.8


def test_predictions_of_other_resolutions_are_combined_on_the_finest_grid(
    toy: Task, member: Callable[..., Run]
) -> None:
    rng = np.random.default_rng(0)
    masks = [rng.random((4, 4)).repeat(2, 0).repeat(2, 1).astype(np.float32) for _ in range(SAMPLES)]

    def evaluate(some: Any, values: Any, tuned: Any) -> tuple[float, dict[str, Any]]:
        pairs = zip(some, values, strict=True)
        return -float(np.mean([np.abs(value - sample.y).mean() for sample, value in pairs])), {}

    task = replace(toy, objective=kit.Objective(lambda *_: 0, lambda outputs: outputs), evaluate=evaluate)
    labelled = [kit.Sample(str(i), None, mask) for i, mask in enumerate(masks)]
    fine = [mask + rng.normal(0, 0.5, (8, 8)).astype(np.float32) for mask in masks]
    coarse = [mask[::2, ::2] + rng.normal(0, 0.5, (4, 4)).astype(np.float32) for mask in masks]
    blended = choose_blend(task, [member("fine", 0, 0, fine), member("coarse", 0, 0, coarse)], labelled)
    assert blended.values[0].shape == (8, 8)
    assert blended.helps and min(blended.combination.weights()) > 0.1


def test_a_prediction_that_is_not_finite_is_refused(toy: Task, member: Callable[..., Run]) -> None:
    values = predictions(2, 3)
    values[5, 1] = np.inf
    with pytest.raises(DataError, match="sample '5' is not finite"):
        choose_blend(toy, [member("a", 2, 1), member("b", 0, 0, values)], samples())


def test_a_blend_says_how_many_runs_were_scored_on_its_samples(toy: Task, member: Callable[..., Run]) -> None:
    labels_of_texts = [replace(sample, y=f"word {sample.y}") for sample in samples()]

    def evaluate(some: Any, values: Any, tuned: Any) -> tuple[float, dict[str, Any]]:
        return float(
            np.mean([f"word {value.argmax()}" == each.y for each, value in zip(some, values, strict=True)])
        ), {}

    task = replace(toy, evaluate=evaluate)
    found = choose_blend(task, [member("a", 2.5, 1), member("b", 2.5, 2)], labels_of_texts).as_dict()
    assert found["uses"] == 0  # nothing of these has a summary
    assert found["correlation"] == [[None, None], [None, None]]  # the error of a text is no number
    json.dumps(found, allow_nan=False)


def test_a_copy_gains_nothing_by_rounding(area: Task, member: Callable[..., Run]) -> None:
    error = kit.Metric(name="MAE", function=mae, higher_is_better=False)
    task = replace(area, objective="regression", metric=error)
    values = predictions(2.5, 1)[:, 1:]
    copies = [member(name, 0, 0, values * (1 + bit)) for name, bit in (("a", 0), ("b", 1e-7), ("c", -1e-7))]
    for method in ("greedy", "mean"):
        blended = choose_blend(task, copies, samples(), method)
        assert not blended.helps and abs(blended.gain) < 1e-6, method
    same = choose_blend(task, [copies[0], member("d", 0, 0, values)], samples())
    assert f"{same.gain} {same.interval}" == "0.0 (0.0, 0.0)"  # no minus


@pytest.fixture
def area(toy: Task) -> Task:
    """The toy task as one of a probability, scored by the area under the ROC curve."""
    form = kit.Format(columns=(kit.integer("id", 0), kit.number("label", 0, 1)), id="id")
    metric = kit.Metric(name="AUC", function=roc_auc, higher_is_better=True)
    return replace(toy, objective="binary", format=form, metric=metric)


def test_ranks_are_for_metrics_of_order(toy: Task, area: Task, member: Callable[..., Run]) -> None:
    runs = [member(f"r{seed}", 2.5, seed, predictions(2.5, seed)[:, 1:] ** (1 + 8 * seed)) for seed in range(2)]
    blended = choose_blend(area, runs, samples(), "rank")
    assert blended.gain > 0 and blended.nested == blended.chosen  # ranks are chosen by no label
    error = kit.Metric(name="MAE", function=mae, higher_is_better=False)
    with pytest.raises(KitError, match="order alone"):
        choose_blend(replace(area, metric=error), runs, samples(), "rank")
    with pytest.raises(KitError, match="one number for each sample"):
        choose_blend(toy, [member("a", 1, 1), member("b", 1, 2)], samples(), "rank")


def test_the_whole_way_from_runs_to_a_ranked_blend(
    toy: Task, toy_folder: Path, predicted: list[Run], kit_cli: Any, toy_plugins: Path
) -> None:
    runs = predicted
    bare = write_run(
        toy, runs[0].path.with_name("bare"), toy_folder, [str(k) for k in range(1, 81)], predictions(1, 1)[:80]
    )
    with pytest.raises(KitError, match="has not predicted the test part"):
        write_blend(toy, [runs[0], bare], toy_folder)
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


@pytest.fixture
def predicted(toy: Task, toy_folder: Path) -> list[Run]:
    """Two runs that have predicted the toy task's folder, each with errors of its own."""
    train = np.loadtxt(toy_folder / "labels.csv", int, delimiter=",", skiprows=1, usecols=1)
    test = np.loadtxt(toy_folder / "answers.csv", int, delimiter=",", skiprows=1, usecols=1)
    runs = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        path = toy_folder.parent / "submissions" / "bars" / f"20260131-12000{seed}-small"
        positive = [1 / (1 + np.exp(-(3.0 * y - 1.5 + rng.normal(0, 1.5, len(y))))) for y in (train, test)]
        held, tests = (np.stack([1 - each, each], axis=1).astype(np.float32) for each in positive)
        digest = samples_digest(toy.reader(toy_folder, "train"))
        run = write_run(toy, path, toy_folder, [str(k) for k in range(1, 81)], held, samples=digest)
        store.write(run.predictions, "test", store.Predictions([str(k) for k in range(1, 21)], list(tests)))
        runs.append(run)
    return runs


@pytest.mark.parametrize("step", ["write_json", "write_held_out", "submit", "gather"])
def test_a_blend_that_was_stopped_is_completed_by_the_same_command(
    toy: Task, toy_folder: Path, predicted: list[Run], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise Interrupted(15)

    with monkeypatch.context() as patch:
        patch.setattr(kit.report if step == "gather" else blend_run, step, stop)
        with pytest.raises(Interrupted):
            write_blend(toy, predicted, toy_folder, force=True)
    [stopped] = [run for run in every_run("bars") if run.is_blend]
    _, outcome = write_blend(toy, predicted, toy_folder, force=True)
    assert outcome is not None and outcome.run == stopped and outcome.report is not None
    _, other = write_blend(toy, predicted, toy_folder, force=True)
    assert other is not None and other.run != stopped  # one that is complete stays as it is
    for name in ("predictions.h5", "submission.csv", "summary.json"):
        assert (stopped.path / name).read_bytes() == (other.run.path / name).read_bytes(), name


def test_a_blend_of_other_data_than_the_runs_were_trained_on_is_refused(
    toy: Task, toy_folder: Path, predicted: list[Run], kit_cli: Any, toy_plugins: Path
) -> None:
    table = toy_folder / "labels.csv"
    table.write_text(table.read_text().replace("1,1", "1,0", 1).replace("2,0", "2,1", 1))
    for verb in ("blend", "compare"):
        result = kit_cli(verb, *[run.name for run in predicted])
        assert result.exit_code == 1 and "trained on other data than these" in result.stderr


def test_labels_that_the_digest_does_not_hold_are_compared_by_their_files(
    toy: Task, toy_folder: Path, predicted: list[Run]
) -> None:
    samples = [replace(sample, y=np.zeros(3)) for sample in toy.reader(toy_folder, "train")]
    for run, digest in zip(predicted, ("12" * 32, "34" * 32), strict=True):
        files = (InputFile(path="masks.npy", bytes=8, sha256=digest),)
        run.write_card(replace(run.card, inputs=files, samples=samples_digest(samples)))
    with pytest.raises(KitError, match="different data"):
        refuse_other_samples(predicted, samples, toy_folder)
    refuse_other_samples(predicted[:1], samples, toy_folder)


def test_what_cannot_be_blended_is_refused(
    toy: Task, toy_folder: Path, predicted: list[Run], member: Callable[..., Run]
) -> None:
    one, other = member("one", 1, 1), member("two", 1, 2, digest="other")
    with pytest.raises(KitError, match="different data"):
        choose_blend(toy, [one, other], samples())
    with pytest.raises(KitError, match="at least two"):
        choose_blend(toy, [one], samples())
    run = predicted[0]
    store.write(run.predictions, "test", store.Predictions(["1"], [np.zeros(2, np.float32)]))
    with pytest.raises(DataError, match="another test part"):
        write_blend(toy, [run, run], toy_folder)
    assert set(METHODS) == {"greedy", "mean", "rank", "weights", "stack"}
