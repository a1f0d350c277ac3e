"""Searches: killed and resumed to the same best, shared by two processes, nothing twice, the winner on other seeds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import kit
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.interruption import Interrupted
from kit.runs import FoldScore, Run, Summary, every_run, open_run
from kit.search import Plan, parse_space, search
from kit.search.space import default_values
from kit.search.study import attempts, next_trial, open_study, study_name
from kit.training.events import Events

pytest.importorskip("optuna")


class Stopwatch:
    """Stands for training: a run whose score depends on its settings; it dies before the trials it is told."""

    def __init__(self, contest: ContestData, dies: tuple[int, ...] = ()) -> None:
        self.contest, self.dies, self.calls, self.seen = contest, dies, 0, []

    def __call__(self, config: kit.TrainConfig, events: Events, resume: Run | None) -> Run:
        self.calls += 1
        run = resume
        if run is None:
            with self.contest.with_config(config) as own:
                run = open_run(own)
        events.started(run)
        if self.calls in self.dies:
            raise Interrupted(15)
        score = 1 - abs(config.learning_rate - 0.01) - 0.001 * config.batch_size / 64 - 0.001 * (config.seed > 0)
        for epoch in range(1, config.epochs + 1):
            events.epoch_ended(run, 0, epoch, {"fold": "0", "valid_score": score})
        fold = FoldScore(fold="0", score=score, epoch=1, details={}, samples=8)
        run.write_summary(_summary(fold))
        self.seen.append((config.learning_rate, config.batch_size, config.seed))
        return run


def _summary(fold: FoldScore) -> Summary:
    return Summary(
        metric="accuracy",
        higher_is_better=True,
        folds=(fold,),
        mean=fold.score,
        spread=None,
        pooled=fold.score,
        details={},
        tuned={},
    )


SPACE = {"learning_rate": "1e-4..1e-1", "batch_size": "16,32,64"}


def found_by(toy: Task, toy_folder: Path, storage: Path, dies: tuple[int, ...] = ()) -> tuple[Any, list[Any], int]:
    """The best settings of a search of 8 trials, what was trained, and how often it had to be started."""
    plan = Plan(trials=8, seeds=0, storage=f"sqlite:///{storage}")
    with ContestData(toy, toy_folder, toy.config) as contest:
        train = Stopwatch(contest, dies)
        for starts in range(1, 10):
            try:
                found = search(contest, parse_space(toy, SPACE), plan, train, Events())
            except Interrupted as stop:
                assert "same command goes on" in stop.message
                continue
            return (found.params, found.best), train.seen, starts
    raise AssertionError


def test_a_search_that_was_killed_twice_finds_the_same_as_one_that_was_not(
    toy: Task, toy_folder: Path, tmp_path: Path
) -> None:
    whole = found_by(toy, toy_folder, tmp_path / "whole.db")
    broken = found_by(toy, toy_folder, tmp_path / "broken.db", dies=(3, 6))
    assert (whole[2], broken[2]) == (1, 3)
    assert whole[:2] == broken[:2]
    assert whole[1][0] == (0.05, 64, 0)  # the default comes first
    assert len(whole[1]) == len(set(whole[1])) > 5


def test_two_processes_share_a_study_and_nothing_is_searched_twice(toy: Task, tmp_path: Path) -> None:
    space = parse_space(toy, {"batch_size": "63..64", "optimizer": "adam,sgd"})
    names = {"name": "bars-shared", "storage": f"sqlite:///{tmp_path / 'shared.db'}"}
    studies = [open_study(**names, higher_is_better=True, warmup=1) for _ in range(2)]
    seen = []
    for turn in range(9):
        study = studies[turn % 2]
        trial = next_trial(study, space, 20, 0, {"batch_size": 64, "optimizer": "adam"})
        if trial is None:
            break
        seen.append(tuple(trial.params.values()))
        study.tell(trial, 0.5)
    assert len(seen) == len(set(seen)) == 4  # all there are, though 20 were asked for
    assert [each.state for each in attempts(studies[0])] == ["complete"] * 4


def test_a_trial_of_a_living_process_is_left_to_it(toy: Task, tmp_path: Path) -> None:
    space = parse_space(toy, SPACE)
    study = open_study("bars-alive", f"sqlite:///{tmp_path / 'alive.db'}", higher_is_better=True, warmup=1)
    first = next_trial(study, space, 2, 0, None)
    first.set_user_attr("owner", ["another machine", 1])
    second = next_trial(study, space, 2, 0, None)
    assert second.number != first.number
    second.set_user_attr("owner", ["another machine", 2])
    assert next_trial(study, space, 2, 0, None) is None  # both are at work, and two are wanted


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({}, "declares no settings"),
        ({"seed": "1..3"}, "not searched"),
        ({"learning_rate": "1..0.1"}, "no such range"),
        ({"optimizer": "adam..sgd"}, "no such range"),
        ({"optimizer": "adam,magic"}, "another type"),
        ({"epochs": "-3..3"}, "out of range"),
        ({"speed": "1..3"}, "no setting 'speed'"),
    ],
)
def test_what_cannot_be_searched_is_refused(toy: Task, texts: dict[str, str], words: str) -> None:
    with pytest.raises(KitError, match=words):
        parse_space(toy, texts)


def test_the_space_that_a_task_declares_is_searched_and_shown(kit_cli: Any) -> None:
    from kit.discovery import discover

    task = discover([]).task("digit_recognizer")
    space = parse_space(task, task.search)
    assert default_values(space, task.config) == {name: getattr(task.config, name) for name in task.search}
    assert "1e-3..2e-2" in kit_cli("show", "digit_recognizer").stdout


def test_another_space_or_other_settings_are_another_study(toy: Task) -> None:
    first = study_name("bars", {"space": parse_space(toy, SPACE)})
    assert first == study_name("bars", {"space": parse_space(toy, SPACE)})
    assert first != study_name("bars", {"space": parse_space(toy, {"learning_rate": "1e-4..1e-2"})})


def test_kit_tune_searches_trains_the_winner_again_and_writes_a_report(
    kit_cli: Any, toy_plugins: Path, toy_folder: Path
) -> None:
    quick = ("--epochs", 2, "--set", "workers=0", "--trials", 3, "--retrain", 1)
    command = ("tune", "bars", "--data", toy_folder, "--set", "learning_rate=1e-6..0.1", *quick, "--json")
    result = kit_cli(*command)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["trials"] == 3
    assert set(found["params"]) == {"learning_rate"}
    runs = every_run("bars")
    assert found["run"] in {run.name for run in runs}
    page = Path(found["report"]).read_text()
    assert "History" in page
    assert found["study"] in page
    if found["winner"]:  # the default may be the best
        assert len(found["winner"]) == len(found["default"]) == 1
        assert found["difference"]["test"].startswith("McNemar")
    again = json.loads(kit_cli(*command).stdout)
    assert again == found  # nothing was trained again
    assert len(every_run("bars")) == len(runs)


def test_a_trial_that_is_worse_than_most_is_stopped_early(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(toy.config, epochs=4)
    plan = Plan(trials=16, seeds=0, storage=f"sqlite:///{tmp_path / 'pruned.db'}")
    with ContestData(toy, toy_folder, config) as contest:
        train = Stopwatch(contest)
        found = search(contest, parse_space(toy, SPACE), plan, train, Events())
    assert found.trials == 16
    assert found.pruned == 16 - len(train.seen) > 0
    assert found.best == max(1 - abs(rate - 0.01) - 0.001 * size / 64 for rate, size, _ in train.seen)
