"""A run that is repeated from its card gives the same bytes, or says where they first differ and why."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

import kit
from kit.comparison.files import compare_files
from kit.contract.task import Task
from kit.interruption import Interrupted
from kit.models import checkpoint
from kit.prediction import store
from kit.repetition import replay
from kit.runs import Run
from kit.training.events import Events

Cli = Callable[..., Result]
FILES = ["metrics.jsonl", "folds/0/weights.safetensors", "folds/0/valid.h5", "predictions.h5", "submission.csv"]


def changed_card(run: Run, **values: object) -> None:
    card = json.loads((run.path / "card.json").read_text())
    (run.path / "card.json").write_text(json.dumps({**card, **values}))


def test_a_replay_agrees_in_every_byte_and_is_not_recorded(toy_folder, toy_plugins, kit_cli: Cli) -> None:
    first = kit.run("bars", toy_folder, epochs=2, workers=0, seed=3)
    done = kit_cli("replay", first.name, "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and found["agrees"] and found["changes"] == []
    assert [each["file"] for each in found["files"]] == FILES
    again = Run(first.path.parent / found["run"])
    assert again.path != first.path and (again.path / "submission.csv").exists() and again.score is None
    assert json.loads((again.path / "replay.json").read_text()).items() <= found.items()
    assert kit.leaderboard("bars").to_pandas()["run"].tolist() == [first.name]

    changed_card(first.run, kit="0.0.1", versions={**first.run.card.versions, "numpy": "1.0"})
    weights = first.path / "folds" / "0" / "weights.safetensors"
    arrays, meta = checkpoint.read(weights)
    name = min(arrays)
    checkpoint.write(weights, {**arrays, name: arrays[name] + 1}, meta)
    done = kit_cli("replay", first.name)
    assert done.exit_code == 1 and f"differs: {name}: differs by at most 1" in done.stdout
    assert "warning: the run was made under other circumstances" in done.stderr and "kit 0.0.1 ->" in done.stderr
    assert done.stdout.splitlines()[-1] != str(first.path)


def test_views_are_averaged_again(toy: Task, toy_folder: Path) -> None:
    task = dataclasses.replace(toy, views=(kit.View("mirrored", _mirrored),))
    first = kit.run(task, toy_folder, epochs=1, workers=0, tta=True)
    assert first.run.card.tta
    assert replay(task, first.run, toy_folder, Events()).agrees
    kit.predict(first, data=toy_folder)
    assert first.run.card.tta is False


def _mirrored(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x[..., ::-1])


def test_what_has_changed_refuses_a_replay(toy_folder, toy_plugins, kit_cli: Cli) -> None:
    first = kit.train("bars", toy_folder, epochs=1, workers=0)
    with pytest.raises(kit.KitError, match="other settings"):
        kit.replay(first, resume=kit.train("bars", toy_folder, epochs=2, workers=0))
    (toy_folder / "labels.csv").write_text("id,label\n" + "".join(f"{i},{i % 2}\n" for i in range(1, 81)))
    done = kit_cli("replay", first.name)
    assert done.exit_code == 1 and "the data have changed since the run began" in done.stderr
    assert "labels.csv" in done.stderr and "kit replay" in done.stderr
    assert len(kit_cli("runs", "--json").stdout.split('"model"')) == 3, "nothing is trained"
    done = kit_cli("replay", first.name, "--data", toy_folder / "labels.csv")
    assert done.exit_code == 1


def test_a_replay_that_is_stopped_says_how_to_go_on(toy: Task, toy_folder, toy_plugins) -> None:
    first = kit.train("bars", toy_folder, epochs=2, workers=0)
    begun: list[str] = []

    def stop(run: Run, fold: int, epoch: int, metrics: object) -> None:
        begun.append(run.name)
        raise Interrupted(2)

    with pytest.raises(Interrupted) as caught:
        replay(toy, first.run, toy_folder, Events(epoch_ended=stop))
    assert caught.value.message.startswith("stopped after epoch 1")
    assert caught.value.message.endswith(f"go on: kit replay {first.name} --resume {begun[0]}")
    result = kit.replay(first, resume=begun[0])
    assert result and result.run.name == begun[0] and result.to_pandas()["same"].all()
    assert "same bytes" in repr(result) and "<td" in result._repr_html_()


def test_where_files_first_differ(toy: Task, tmp_path: Path) -> None:
    runs = [Run(tmp_path / name) for name in ("a", "b")]
    for k, run in enumerate(runs):
        values = [np.full(2, 0.5, np.float32), np.full(2, 0.5 + 0.25 * k, np.float32)]
        store.write(run.predictions, "valid", store.Predictions(["1", "2"], values))
        (run.path / "submission.csv").write_text(f"id,label\n1,0\n2,{k}\n")
    assert [(each.file, each.same, each.where) for each in compare_files(toy, *runs)] == [
        ("predictions.h5", False, "valid part, sample 2: differs by at most 0.25"),
        ("submission.csv", False, "line 3: '2,0' -> '2,1'"),
    ]
    (runs[1].path / "submission.csv").unlink()
    assert compare_files(toy, *runs)[1].where == "b has none"


def test_a_contest_without_a_test_part_and_folds_are_repeated(toy: Task, toy_folder: Path) -> None:
    def reader(folder: Path, part: kit.Part) -> list[kit.Sample]:
        return list(toy.reader(folder, part)) if part == "train" else []

    task = dataclasses.replace(toy, reader=reader)
    first = kit.run(task, toy_folder, epochs=1, folds=2, workers=0)
    found = replay(task, first.run, toy_folder, Events())
    assert found.agrees, found.files
    assert [each.file for each in found.files if each.file.startswith("folds/1")] == [
        "folds/1/weights.safetensors",
        "folds/1/valid.h5",
    ]
    assert found.files[-1].file == "submission.csv"
