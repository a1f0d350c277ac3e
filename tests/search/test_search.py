"""Searches: killed and resumed to the same best, shared by two processes, nothing twice, the winner on other seeds."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import kit
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.interruption import Interrupted
from kit.runs import FoldScore, Run, Summary, every_run, open_run
from kit.runs.card import typed_command
from kit.search import Plan, parse_space, search, searched
from kit.search.database import open_study, study_file
from kit.search.space import default_values
from kit.search.study import attempts, next_trial, study_name
from kit.training.events import Events
from tests.report.example_run import epoch_record

pytest.importorskip("optuna")


class Stopwatch:
    """Stands for training: a run whose score depends on its settings.

    It dies before the trials ``dies``, and in the trial and after the epoch of ``stops``.
    """

    def __init__(self, contest: ContestData, dies: tuple[int, ...] = (), stops: tuple[int, int] | None = None) -> None:
        self.contest, self.dies, self.stops, self.calls, self.seen = contest, dies, stops, 0, []

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
            run.write_epochs([epoch_record("0", each, valid_score=score) for each in range(1, epoch + 1)])
            if (self.calls, epoch) == self.stops:
                raise Interrupted(15)
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
        ({"learning_rate": "1e-4...1e-2"}, "no such range"),
        ({"batch_size": "16,16,32"}, "names a value twice"),
        ({"batch_size": "16,"}, "another type"),
        ({"batch_size": "1..99999999999999999999"}, "no such range"),
        ({"pseudo": "one,two"}, "not searched"),
    ],
)
def test_what_cannot_be_searched_is_refused(toy: Task, texts: dict[str, str], words: str) -> None:
    with pytest.raises(KitError, match=words):
        parse_space(toy, texts)


def test_a_path_is_no_range() -> None:
    assert not searched("pretrained", "../weights.safetensors")
    assert searched("learning_rate", "1e-4..1e-2") and searched("optimizer", "adam,sgd")


def test_a_damaged_or_foreign_study_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = study_file("bars-x", ".db")
    foreign = sqlite3.connect(tmp_path / "foreign.db")
    foreign.execute("CREATE TABLE submissions (id)")
    foreign.close()
    open_study("bars-x", None, higher_is_better=True, warmup=1)
    whole = file.read_bytes()
    others = {"not one of searches": (tmp_path / "foreign.db").read_bytes(), "malformed": whole[: len(whole) // 2]}
    for words, content in {**others, "not a database": b"garbage" * 1000}.items():
        file.write_bytes(content)
        with pytest.raises(KitError) as error:
            open_study("bars-x", None, higher_is_better=True, warmup=1)
        assert words in str(error.value) and "bars-x.db" in str(error.value)
        assert file.read_bytes() == content
    file.write_bytes(whole)
    with closing(sqlite3.connect(file)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = 'v99'")
    with pytest.raises(KitError, match="cannot be used"):
        open_study("bars-x", None, higher_is_better=True, warmup=1)
    with pytest.raises(KitError, match="must last"):
        open_study("bars-x", "sqlite:///:memory:", higher_is_better=True, warmup=1)
    with pytest.raises(KitError) as error:
        open_study("bars-x", "postgresql://anna:secret@localhost:1/x", higher_is_better=True, warmup=1)
    assert "anna:***@localhost" in str(error.value) and "secret" not in str(error.value)


def test_a_trial_that_was_begun_and_not_claimed_goes_on(toy: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    space = parse_space(toy, SPACE)
    study = open_study("bars-unclaimed", None, higher_is_better=True, warmup=1)
    first = next_trial(study, space, 9, 0, None)
    first.set_user_attr("owner", ["another machine", 1])
    with monkeypatch.context() as patch:
        patch.setattr("kit.search.study._claimed", lambda trial: trial)  # killed before it could do that
        left = next_trial(study, space, 9, 0, None)
    assert next_trial(study, space, 9, 0, None).number == left.number
    left.set_user_attr("owner", ["another machine", 1])
    first.set_user_attr("alive", time.time() - 3 * 60 * 60)  # it is silent for too long
    assert next_trial(study, space, 9, 0, None).number == first.number


def test_a_search_for_a_low_score_finds_the_lowest(
    toy: Task, toy_folder: Path, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    metric = dataclasses.replace(toy.metric, higher_is_better=False)
    plan = Plan(trials=5, seeds=0, storage=f"sqlite:///{tmp_path / 'low.db'}")
    with ContestData(dataclasses.replace(toy, metric=metric), toy_folder, toy.config) as contest:
        train = Stopwatch(contest, stops=(3, 2))
        with pytest.raises(Interrupted):
            search(contest, parse_space(toy, SPACE), plan, train, Events())
        found = search(contest, parse_space(toy, SPACE), plan, train, Events())
    scores = [1 - abs(rate - 0.01) - 0.001 * size / 64 for rate, size, _ in train.seen]
    assert found.best == min(scores)
    assert not [each for each in recwarn if "already reported" in str(each.message)]


def test_a_card_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["kit", "tune", "bars", "--storage", "postgresql://anna:s3:cr@t@db/x"])
    assert typed_command() == ("kit", "tune", "bars", "--storage", "postgresql://anna:***@db/x")


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
