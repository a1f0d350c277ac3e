from __future__ import annotations

import dataclasses
from dataclasses import dataclass, make_dataclass, replace

import pytest

from kit.contract.config import TrainConfig
from kit.contract.model import Model
from kit.contract.settings import configure, meanings
from kit.contract.task import Task
from kit.discovery import discover
from kit.errors import KitError


@dataclass(frozen=True, kw_only=True)
class OwnConfig(TrainConfig):
    image_size: int = 32
    mirror: bool = True


@pytest.fixture
def task(toy: Task) -> Task:
    models = {**toy.models, "slow": Model(lambda config: None, {"epochs": 2, "image_size": 64})}
    return replace(toy, models=models, config=OwnConfig(epochs=7))


def test_the_plugins_defaults_hold_where_nothing_is_said(task: Task) -> None:
    config = configure(task, {})
    assert (config.model, config.epochs, config.image_size) == ("small", 7, 32)


def test_a_models_own_settings_come_before_the_tasks(task: Task) -> None:
    config = configure(task, {"model": "slow"})
    assert (config.epochs, config.image_size) == (2, 64)


def test_the_command_line_comes_first(task: Task) -> None:
    config = configure(task, {"model": "slow", "epochs": 9}, ["image_size=16", "mirror=no", "learning_rate=3e-4"])
    assert (config.epochs, config.image_size, config.mirror, config.learning_rate) == (9, 16, False, 3e-4)


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("learning_rat=1", "learning_rate"),
        ("epochs=ten", "whole number"),
        ("epochs=1.5", "whole number"),
        ("learning_rate=nan", "number"),
        ("schedule=exotic", "one_cycle or cosine or constant"),
        ("mirror=perhaps", "true or false"),
        ("epochs", "name=value"),
        ("epochs=0", "out of range"),
        ("ema=1", "out of range"),
        ("seed=4294967296", "out of range"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_was_expected(task: Task, assignment: str, words: str) -> None:
    with pytest.raises(KitError, match=words):
        configure(task, {}, [assignment])


def test_folds_take_a_number_or_a_name(task: Task) -> None:
    assert configure(task, {}, ["folds=5"]).folds == 5
    assert configure(task, {}, ["folds=subset"]).folds == "subset"


def test_an_unknown_model_is_refused_with_those_there_are(task: Task) -> None:
    with pytest.raises(KitError, match="small, slow"):
        configure(task, {"model": "huge"})


def test_every_setting_of_every_task_says_what_it_means() -> None:
    for task in discover().tasks.values():
        fields = {field.name for field in dataclasses.fields(task.config)}
        assert set(meanings(task.config)) == fields, task.name


def test_a_plugins_own_words_come_before_the_kits() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Own(TrainConfig):
        """A toy."""

        epochs: int = 3
        """Walks around the block."""
        bare: int = 1

    found = meanings(Own())
    assert found["epochs"] == "Walks around the block."
    assert found["seed"] == meanings(TrainConfig())["seed"]
    assert "bare" not in found


def test_settings_without_source_have_no_meaning_but_their_bases() -> None:
    made = make_dataclass("Made", [("speed", int, 3)], bases=(TrainConfig,), frozen=True, kw_only=True)
    assert meanings(made()) == meanings(TrainConfig())
