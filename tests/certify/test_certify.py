"""Every discovered task keeps the laws, and each law detects a task that breaks it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import kit
from kit.certify import EXPORT, LAWS, MODELS, QUICK, TRAINING, Context, Law, Verdict, check_law, make_context
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.discovery import discover
from tests import toy_task

TASKS = {**discover().tasks, "bars": toy_task.kit_tasks()[0]}
SIZE = 40
FEWER = {"arithmetic_captcha_final": 8, "pathology_segmentation": 8, "lung_nodules_detection": 16}  # large images
HEAVY = ("killed", "offline")  # they start new processes
TRAINED = ("bars", "digit_recognizer")  # the others train for minutes, so their laws are marked slow


def law(words: str) -> Law:
    return next(law for law in LAWS if words in law.name)


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Context]:
    """A small sample of each task, made once."""
    return {}


@pytest.fixture
def context(request, contexts, tmp_path, tmp_path_factory) -> Context:
    name = request.param
    if name not in contexts:
        contexts[name] = make_context(TASKS[name], tmp_path_factory.mktemp(name), FEWER.get(name, SIZE))
    return dataclasses.replace(contexts[name], work=tmp_path)


def cases() -> list[object]:
    rows = []
    for name in TASKS:
        for one in LAWS:
            heavy = name != "bars" and any(word in one.name for word in HEAVY)
            heavy = heavy or (one in (EXPORT, *TRAINING) and name not in TRAINED) or (one is MODELS and name != "bars")
            rows.append(pytest.param(name, one, id=f"{name}: {one.name}", marks=[pytest.mark.slow] if heavy else []))
    return rows


@pytest.mark.parametrize(("context", "one"), cases(), indirect=["context"])
def test_a_task_keeps_the_law(context, one, toy_plugins):
    verdict = check_law(one, context)
    assert verdict.ok, verdict.reason


def verdict_of(task: Task, one: Law, folder: Path) -> Verdict:
    return check_law(one, make_context(task, folder, SIZE))


CALLS = iter(range(10**9))


def read_another(folder, part):
    return [dataclasses.replace(s, y=next(CALLS)) for s in toy_task.read(folder, part)]


def read_by_number_of_files(folder, part):
    samples = toy_task.read(folder, part)
    return samples[: len(list(folder.glob("*.npy"))) + len(list(folder.rglob(".*")))]


def read_with_path(folder, part):
    return [dataclasses.replace(s, meta={"file": folder / f"{part}.npy"}) for s in toy_task.read(folder, part)]


def make_another(folder, size, seed):
    toy_task.make_sample(folder, size, next(CALLS))


def make_without_answers(folder, size, seed):
    toy_task.make_sample(folder, size, seed)
    (folder / "answers.csv").unlink()


def make_with_equal_answers(folder, size, seed):
    toy_task.make_sample(folder, size, seed)
    path = folder / "answers.csv"
    path.write_text(path.read_text().replace(",0", ",1"))


def make_with_perfect_sample_submission(folder, size, seed):
    toy_task.make_sample(folder, size, seed)
    (folder / "sample_submission.csv").write_bytes((folder / "answers.csv").read_bytes())


def make_with_broken_answers(folder, size, seed):
    toy_task.make_sample(folder, size, seed)
    path = folder / "answers.csv"
    path.write_text(path.read_text().replace(",0", ",2"))


def example_of_the_global_generator(sample: Sample, rng, config):
    return sample.x + np.random.random(), sample.y


def example_that_is_never_plain(sample: Sample, rng, config):
    return sample.x + np.random.default_rng().random(), sample.y


def build_nan(config):
    from paddle import nn

    layer = toy_task.build(config)
    layer[0].weight.set_value(layer[0].weight * float("nan"))
    return nn.Sequential(layer)


def build_reading_values(config):
    """What depends on the values of a batch is no exported program."""
    from paddle import nn, to_tensor

    class Reading(nn.Layer):
        def __init__(self):
            super().__init__()
            self.layer = toy_task.build(config)

        def forward(self, x):
            return self.layer(to_tensor(np.array(x.tolist(), np.float32)))

    return Reading()


def worst(y_true, y_pred) -> float:
    return float((y_true != y_pred).mean())


def metric(**changes) -> kit.Metric:
    return dataclasses.replace(toy_task.kit_tasks()[0].metric, **changes)


BREAKING = [
    ("can be imported", {"reader": kit.lazy("json:no_such_reader")}, "field 'reader': json:no_such_reader"),
    ("can be imported", {"models": {"m": kit.Model(kit.lazy("nowhere.model:build"))}}, "field 'build': nowhere.model"),
    ("takes the arguments", {"reader": lambda folder: []}, "called with (folder, part)"),
    ("takes the arguments", {"audit": lambda folder, part: []}, "the function has (folder, part)"),
    ("task card", {"files": {}}, "field 'files'"),
    ("task card", {"references": (kit.Reference("paper", 0.9, "", "them"),)}, "'paper' lacks its split"),
    ("same bytes for the same seed", {"sample": make_another}, "different files"),
    ("has its answers", {"sample": make_without_answers}, "no answers.csv"),
    ("passes the audit", {"example": lambda sample, rng, config: (sample.x * np.nan, sample.y)}, "non-finite input"),
    ("reading twice", {"reader": read_another}, "differs in y"),
    ("operating systems", {"reader": read_by_number_of_files}, "system files change the samples from 2 to "),
    ("not read is named", {"files": {"*.xyz": "anything"}, "reader": read_with_path}, "does not name train.xyz"),
    ("generator they receive", {"example": example_of_the_global_generator}, "without a generator differ"),
    ("generator they receive", {"example": example_that_is_never_plain}, "without a generator differ"),
    ("views", {"views": (kit.View("cut", lambda batch: batch[:, :, :4]),)}, "view 'cut' turns (2, 1, 8, 8) into"),
    ("views", {"views": (kit.View("wide", lambda batch: batch.astype(float)),)}, "float32 into float64"),
    ("views", {"views": (kit.View("flip", np.flip, lambda p: p),)}, "undo does not restore the batch"),
    ("score perfectly", {"metric": metric(best=2.0)}, "score 1.0, not 2.0"),
    ("score perfectly", {"sample": make_with_broken_answers}, "2"),
    ("worse submission", {"metric": metric(higher_is_better=False)}, "lower is declared better"),
    ("worse submission", {"metric": metric(function=worst, best=0.0)}, "higher is declared better"),
    ("worse submission", {"sample": make_with_equal_answers}, "no submission can be worse"),
    ("sample submission", {"sample": make_with_perfect_sample_submission}, "scores as well as the answers"),
    ("short epoch", {"models": {"nan": build_nan}}, "weights are not finite: 0.0.weight"),
    (
        "every other model",
        {"models": {"plain": toy_task.build, "nan": build_nan}},
        "model 'nan': weights are not finite",
    ),
    ("the default model exports", {"models": {"reading": build_reading_values}}, "does not export: AssertionError"),
]


@pytest.mark.parametrize(("words", "changes", "reason"), BREAKING)
def test_a_law_detects_the_task_that_breaks_it(toy, tmp_path, words, changes, reason):
    verdict = verdict_of(dataclasses.replace(toy, **changes), law(words), tmp_path)
    assert not verdict.ok
    assert reason in verdict.reason


def test_a_law_that_does_not_apply_says_why(toy, tmp_path):
    verdict = verdict_of(toy, law("views"), tmp_path)
    assert verdict.ok and not verdict.applies
    assert verdict.reason == "the task has no views"


def test_a_metric_that_depends_on_line_numbers_breaks_the_law_of_order(toy, tmp_path):
    by_line = metric(prepare=lambda truth, guess: (truth["label"], guess["label"][np.argsort(guess.lines)]))
    context = make_context(dataclasses.replace(toy, metric=by_line), tmp_path, SIZE)
    assert "a shuffled file scores" in check_law(law("shuffled rows"), context).reason


def test_laws_have_names_of_their_own_and_the_quick_ones_come_first():
    assert len({one.name for one in LAWS}) == len(LAWS)
    assert (*QUICK, EXPORT, *TRAINING, MODELS) == LAWS
