"""The typed files of a run: what is written is read back, and damaged content is refused with file and key."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.errors import DataError, KitError
from kit.runs import FoldResult, Run, RunCard, Summary, load_config
from kit.runs.schema import SCHEMA, read_record, write_record
from tests.report.example_run import epoch_record, finished_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return finished_run(tmp_path_factory.mktemp("finished"))[1]


def damaged(run: Run, tmp_path: Path, name: str, change: dict[str, Any]) -> Run:
    """A run with one file, whose content is changed: a value None deletes the key."""
    value = json.loads((run.path / name).read_text()) | change
    (tmp_path / name).write_text(json.dumps({k: v for k, v in value.items() if v != "DELETE"}))
    return Run(tmp_path)


def test_a_file_has_the_schemas_number_and_is_read_back(tmp_path: Path) -> None:
    history = (epoch_record("0", 1, valid_score=None), epoch_record("0", 2, valid_score=0.5))
    result = FoldResult(fold="0", score=0.5, epoch=2, details={"f1": 0.25}, history=history)
    run = Run(tmp_path)
    run.write_fold_result(result)
    assert run.fold_result("0") == result
    assert json.loads((tmp_path / "folds/0/fold.json").read_text())["schema"] == SCHEMA


def test_a_file_without_a_number_is_read_as_it_was_written(finished: Run) -> None:
    assert "schema" not in json.loads((finished.path / "card.json").read_text())
    assert finished.card.task == "bars"
    assert finished.summary.folds[1].score == 0.925
    assert finished.score is not None and finished.score.interval == (0.8875, 0.9375)
    assert finished.check is not None and finished.check.ok


def test_a_newer_schema_is_refused_with_what_to_do(finished: Run, tmp_path: Path) -> None:
    run = damaged(finished, tmp_path, "card.json", {"schema": SCHEMA + 1})
    with pytest.raises(DataError, match=r"newer version[\s\S]*pip install --upgrade"):
        _ = run.card


WRONG = [
    ("card.json", {"task": None}, r"card\.json is damaged: task\n.*expected: text\n.*found: null"),
    ("card.json", {"task": "DELETE"}, r"card\.json is damaged: task\n.*\n.*found: nothing"),
    ("card.json", {"seed": True}, r"seed\n.*expected: a whole number\n.*found: true"),
    ("card.json", {"inputs": [{"path": 3}]}, r"inputs\[0\]\.path\n.*expected: text"),
    ("card.json", {"inputs": {}}, r"inputs\n.*expected: a list\n.*found: an object"),
    ("card.json", {"schema": "1"}, r"schema\n.*expected: a whole number"),
    ("summary.json", {"mean": "0.9"}, r'mean\n.*expected: a finite number\n.*found: "0\.9"'),
    ("summary.json", {"folds": [None]}, r"folds\[0\]\n.*expected: an object"),
    ("summary.json", {"tuned": []}, r"tuned\n.*expected: an object\n.*found: a list"),
    ("score.json", {"interval": [0.5]}, r"interval\n.*expected: a list of 2"),
    ("check.json", {"faults": [{"kind": "x"}]}, r"faults\[0\]\.line"),
]


@pytest.mark.parametrize(("name", "change", "words"), WRONG)
def test_a_wrong_value_is_named_with_its_file_and_key(
    finished: Run, tmp_path: Path, name: str, change: dict[str, Any], words: str
) -> None:
    run = damaged(finished, tmp_path, name, change)
    with pytest.raises(DataError, match=words):
        _ = {"card.json": lambda: run.card, "summary.json": lambda: run.summary}.get(
            name, lambda: (run.score, run.check)
        )()


NOT_AN_OBJECT = [
    "",
    "null",
    "[]",
    "3",
    '"text"',
    "{",
    '{"task": NaN}',
    '{"seed": 1e999}',
    "[" * 100_000,
    "\x00",
    "1" * 5000,
]


@pytest.mark.parametrize("text", NOT_AN_OBJECT, ids=[text[:12] for text in NOT_AN_OBJECT])
@pytest.mark.parametrize("kind", [RunCard, Summary, FoldResult])
def test_what_is_no_object_of_finite_values_is_refused(tmp_path: Path, kind: Any, text: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"file\.json"):
        read_record(path, kind)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes(b"\x89PNG\xff")
    with pytest.raises(DataError, match=r"card\.json cannot be read"):
        _ = Run(tmp_path).card


def test_a_damaged_line_of_the_epochs_is_named(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_epochs([epoch_record("0", 1, valid_score=0.5)])
    assert run.epochs() == [epoch_record("0", 1, valid_score=0.5)]
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"fold": "0"}\n')
    with pytest.raises(DataError, match=r"metrics\.jsonl is damaged: line 2\.epoch"):
        run.epochs()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": "64"}, r"batch_size\n.*expected: a whole number"),
        ({"batch_size": 0}, "config.json is damaged: setting 'batch_size' is out of range"),
        ({"schedule": "none"}, r"schedule\n.*expected: 'one_cycle' or"),
        ({"foreign": 1}, "another version of its plugin"),
        ({"folds": None}, r"folds\n.*expected: a whole number or text"),
    ],
)
def test_a_configuration_is_checked_against_the_tasks_own_class(
    toy: Task, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    run = Run(tmp_path)
    run.write_config(dataclasses.replace(toy.config, model="small"))
    assert isinstance(load_config(run, toy), TrainConfig)
    values = json.loads((tmp_path / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(KitError, match=words):
        load_config(run, toy)


def test_fields_that_are_not_known_yet_are_left_out(finished: Run, tmp_path: Path) -> None:
    card = dataclasses.replace(finished.card, device=None)
    write_record(tmp_path / "card.json", card)
    assert "device" not in json.loads((tmp_path / "card.json").read_text())
    assert Run(tmp_path).card == card
