"""What a resumed run compares: the files that the task reads and the samples, not what else is in the folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from kit.cli import cli
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import KitError
from kit.pipeline import predict_runs, train_run
from kit.runs import InputFile, Run, inputs
from kit.runs.inputs import input_files
from kit.training.events import Events

Cli = Callable[..., Result]
QUICK = ("--epochs", "2", "--set", "workers=0")


def trained(task: Task, folder: Path, **settings: Any) -> Run:
    return train_run(task, folder, configure(task, {"epochs": 1, "workers": 0, **settings}), Events())


def resume(task: Task, run: Run, folder: Path) -> Run:
    return train_run(task, folder, configure(task, {"epochs": 1, "workers": 0}), Events(), resume=run)


@pytest.mark.parametrize(
    "name", [".DS_Store", ".ipynb_checkpoints/notes-checkpoint.csv", "notes.txt", "more.csv", "__MACOSX/train.npy"]
)
def test_a_file_that_is_new_beside_the_data_does_not_stop_a_resume(toy: Task, toy_folder: Path, name: str) -> None:
    run = trained(toy, toy_folder)
    (toy_folder / name).parent.mkdir(exist_ok=True)
    (toy_folder / name).write_text("id,label\n")
    assert resume(toy, run, toy_folder) == run


def test_runs_in_the_data_folder_are_no_input(toy: Task, toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_SUBMISSIONS", str(toy_folder / "submissions"))
    run = trained(toy, toy_folder)
    predict_runs(toy, [run], toy_folder)
    assert {file.path for file in run.card.inputs} == {"train.npy", "test.npy", "labels.csv", "answers.csv"}
    assert resume(toy, run, toy_folder) == run


def test_a_file_that_is_read_must_be_as_it_was(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder)
    with (toy_folder / "train.npy").open("r+b") as file:
        file.seek(200)
        file.write(b"\x01\x02\x03")
    with pytest.raises(KitError, match=r"train\.npy"):
        resume(toy, run, toy_folder)


def test_samples_that_a_new_file_changes_stop_a_resume(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder)

    def reader(folder: Path, part: Any) -> Any:
        samples = list(toy.reader(folder, part))
        return samples[:-1] if (folder / "excluded.csv").exists() else samples

    (toy_folder / "excluded.csv").write_text("80\n")
    with pytest.raises(KitError, match=r"excluded\.csv"):
        resume(dataclasses.replace(toy, reader=reader), run, toy_folder)


def test_each_content_is_hashed_once(toy: Task, toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "RECENT", -1)
    first = input_files(toy, toy_folder)

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} is read again")

    with monkeypatch.context() as patched:
        patched.setattr(inputs, "sha256", refuse)
        assert input_files(toy, toy_folder) == first
    (toy_folder / "labels.csv").write_text("changed")
    assert input_files(toy, toy_folder) != first


def test_other_circumstances_are_warned_of_and_written_on_the_card(
    toy: Task, toy_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(toy, toy_folder)
    run.write_card(dataclasses.replace(run.card, threads="63", kit="0.0.1"))
    resume(toy, run, toy_folder)
    (record,) = run.card.resumed or ()
    assert [change.partition(" ->")[0] for change in record.changes] == ["kit 0.0.1", "threads 63"]
    assert "warning: the run began under other circumstances" in capsys.readouterr().err


def test_run_goes_on_to_the_end(toy_plugins: Path, toy_folder: Path, kit_cli: Cli) -> None:
    run = Path(kit_cli("train", "bars", "--data", toy_folder, *QUICK).stdout.splitlines()[-1])
    for arguments in (["run", "--resume", run], ["run", "bars", "--resume", run.name]):
        result = kit_cli(*arguments)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.splitlines()[-1].endswith(run.name)
        assert (run / "score.json").exists() and (run / "report.html").exists()
    assert kit_cli("run", "--resume", run, "--epochs", 3).exit_code == 1
    assert kit_cli("run").exit_code == 2


def test_an_average_of_runs_is_not_resumed(toy: Task, toy_plugins: Path, toy_folder: Path, kit_cli: Cli) -> None:
    runs = [trained(toy, toy_folder, seed=seed) for seed in (0, 1)]
    blend = predict_runs(toy, runs, toy_folder).run
    for verb in ("run", "train"):
        result = kit_cli(verb, "bars", "--resume", blend.path)
        assert result.exit_code == 1 and "holds no model" in result.stderr


@pytest.mark.parametrize("device", ["gpus", "cuda:0", "gpu:0,1", "gpu:x", "cpu:0,1", "cpu:0", "cpu:999", "tpu"])
@pytest.mark.parametrize("verb", ["run", "train", "compare"])
def test_a_device_that_is_not_there_is_refused_before_a_run_begins(
    toy_plugins: Path, toy_folder: Path, tmp_path: Path, kit_cli: Cli, device: str, verb: str
) -> None:
    more = ["--models", "small"] if verb == "compare" else []
    result = kit_cli(verb, "bars", "--data", toy_folder, "--device", device, *more, *QUICK)
    assert result.exit_code == 1
    said = ("expected: auto, cpu, cpu:2, gpu", "no GPU that this Paddle can use", "expected: at most cpu:")
    assert any(words in result.stderr for words in said)
    assert not list((tmp_path / "submissions").glob("*/*"))
    assert cli.name


def test_a_card_of_an_older_version_may_list_files_that_no_task_reads(toy: Task, toy_folder: Path) -> None:
    run = trained(toy, toy_folder)
    stray = tuple(InputFile(path=name, bytes=1, sha256="0" * 64) for name in (".DS_Store", "notes.txt"))
    run.write_card(dataclasses.replace(run.card, samples=None, inputs=(*run.card.inputs, *stray)))
    assert resume(toy, run, toy_folder) == run
    (toy_folder / "more.csv").write_text("id,label\n")
    with pytest.raises(KitError, match=r"more\.csv"):
        resume(toy, run, toy_folder)
