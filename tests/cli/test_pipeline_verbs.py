"""``run``, ``train``, ``predict``, ``compare``, ``sample`` and ``show``, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Cli = Callable[..., Result]
QUICK = ("--epochs", "2", "--set", "workers=0")


@pytest.fixture(autouse=True)
def with_toy(toy_plugins: Path) -> None:
    """The toy task is there in every test of this file."""


def last_line(result: Result) -> Path:
    assert result.exit_code == 0, result.output
    return Path(result.stdout.splitlines()[-1])


def test_run_leaves_everything_and_prints_the_folder_last(kit_cli: Cli, tmp_path: Path) -> None:
    result = kit_cli("run", "bars", "--sample", "--size", 80, *QUICK)
    run = last_line(result)
    kept = {path.name for path in run.iterdir()}
    assert kept >= {
        "config.json",
        "card.json",
        "metrics.jsonl",
        "summary.json",
        "predictions.h5",
        "submission.csv",
        "check.json",
        "audit.json",
        "score.json",
        "report.html",
    }
    assert "rank 1 of 1" in result.stderr
    assert json.loads((run / "score.json").read_text())["metric"] == "accuracy"
    assert run.name in kit_cli("leaderboard", "bars").stdout


def test_without_answers_the_held_out_score_ranks_a_submission(kit_cli: Cli, toy_folder: Path) -> None:
    (toy_folder / "answers.csv").unlink()
    result = kit_cli("run", "bars", "--data", toy_folder, *QUICK)
    run = last_line(result)
    assert "rank 1 of 1" in result.stderr
    assert not (run / "score.json").exists()
    board = kit_cli("leaderboard", "bars").stdout
    assert run.name in board
    assert "ranked by the held-out score" in board


def test_run_without_data_says_how_to_get_some(kit_cli: Cli) -> None:
    result = kit_cli("run", "bars")
    assert result.exit_code == 1
    assert "kit run bars --sample" in result.stderr


def test_run_refuses_data_that_an_audit_finds_unfit(kit_cli: Cli, toy_folder: Path) -> None:
    (toy_folder / "labels.csv").write_text("id,label\n" + "".join(f"{i},1\n" for i in range(1, 81)))
    result = kit_cli("run", "bars", "--data", toy_folder, *QUICK)
    assert result.exit_code == 1
    assert "not fit to train on" in result.stderr


def test_train_then_predict_by_name(kit_cli: Cli, toy_folder: Path, tmp_path: Path) -> None:
    run = last_line(kit_cli("train", "bars", "--data", toy_folder, "--folds", 2, *QUICK))
    file = last_line(kit_cli("predict", run.name, "-o", tmp_path / "mine.csv"))
    assert file.read_text().startswith("id,label\n1,")
    oof = last_line(kit_cli("predict", run, "--oof"))
    assert len(oof.read_text().splitlines()) == 81


def test_a_finished_run_can_be_resumed_without_harm(kit_cli: Cli, toy_folder: Path) -> None:
    run = last_line(kit_cli("train", "bars", "--data", toy_folder, *QUICK))
    before = (run / "predictions.h5").read_bytes()
    assert last_line(kit_cli("train", "bars", "--resume", run.name)) == run
    assert (run / "predictions.h5").read_bytes() == before


def test_a_resumed_run_keeps_its_settings(kit_cli: Cli, toy_folder: Path) -> None:
    run = last_line(kit_cli("train", "bars", "--data", toy_folder, *QUICK))
    result = kit_cli("train", "bars", "--resume", run, "--epochs", 9)
    assert result.exit_code == 1
    assert "keeps its settings" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "bars"], "kit sample bars DIR"),
        (["train", "nothing", "--data", "."], "there is no task 'nothing'"),
        (["train", "bars", "--data", ".", "--model", "huge"], "has no model 'huge'"),
        (["train", "bars", "--data", ".", "--set", "epoch=2"], "epochs"),
        (["train", "bars", "--data", ".", "--device", "gpu"], "--device cpu"),
        (["predict", "nowhere"], "there is no run 'nowhere'"),
        (["run", "bars", "--sample", "--data", "."], "either --data DIR or --sample"),
        (["compare", "bars", "--data", ".", "--models", "small,huge"], "has no model 'huge'"),
        (["compare", "bars", "--data", ".", "--models", ""], "no model is named"),
        (["compare", "bars", "--data", ".", "--models", " , "], "no model is named"),
    ],
)
def test_a_mistake_is_answered_with_what_to_type(
    kit_cli: Cli, toy_folder: Path, arguments: list[str], words: str
) -> None:
    result = kit_cli(*[str(toy_folder) if argument == "." else argument for argument in arguments])
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_usage_errors_end_with_two(kit_cli: Cli) -> None:
    assert kit_cli("train").exit_code == 2
    assert kit_cli("trian").exit_code == 2
    assert "Did you mean 'train'" in kit_cli("trian").stderr
    assert kit_cli("train", "bars", "--data", "nowhere").exit_code == 2


def test_compare_trains_all_models_on_one_split(kit_cli: Cli, toy_folder: Path) -> None:
    command = ("compare", "bars", "--data", toy_folder, "--models", "small", *QUICK)
    row = json.loads(kit_cli(*command, "--json").stdout)["rows"][0]
    assert (row["model"], row["folds"], row["epochs"]) == ("small", 1, 2)
    assert row["parameters"] == 8 * 9 + 8 + 8 * 2 + 2
    assert "| small |" in kit_cli(*command, "--markdown").stdout
    assert "small" in kit_cli(*command).stdout


def test_a_sample_appears_whole_in_a_new_folder(kit_cli: Cli, tmp_path: Path) -> None:
    folder = last_line(kit_cli("sample", "bars", tmp_path / "data", "--size", 8))
    assert {path.name for path in folder.iterdir()} == {"train.npy", "test.npy", "labels.csv", "answers.csv"}
    result = kit_cli("sample", "bars", folder)
    assert result.exit_code == 1
    assert "not empty" in result.stderr
    assert kit_cli("sample", "bars", tmp_path / "again", "--size", 8, "--seed", 0).exit_code == 0
    assert (tmp_path / "again/train.npy").read_bytes() == (folder / "train.npy").read_bytes()


def test_show_prints_the_whole_card(kit_cli: Cli) -> None:
    said = kit_cli("show", "bars").stdout
    for words in (
        "integer from 0 to 1",
        "accuracy, higher is better",
        "answers.csv",
        "small (default)",
        "learning_rate",
    ):
        assert words in said
    card: dict[str, Any] = json.loads(kit_cli("show", "bars", "--json").stdout)
    assert card["submission"]["columns"][1]["name"] == "label"


def test_an_average_of_runs_cannot_be_resumed_and_names_its_runs(kit_cli: Cli, toy_folder: Path) -> None:
    runs = [last_line(kit_cli("train", "bars", "--data", toy_folder, "--seed", seed, *QUICK)) for seed in (1, 2)]
    blend = last_line(kit_cli("predict", *runs)).parent
    for command in (("train", "bars", "--resume", blend), ("predict", blend)):
        result = kit_cli(*command)
        assert result.exit_code == 1
        assert "holds no model" in result.stderr and runs[0].name in result.stderr


def test_a_run_named_by_the_current_folder_is_recorded_under_its_own_name(
    kit_cli: Cli, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = last_line(kit_cli("train", "bars", "--data", toy_folder, *QUICK))
    monkeypatch.chdir(run)
    assert kit_cli("predict", ".").exit_code == 0
    board = json.loads(kit_cli("leaderboard", "bars", "--json").stdout)["boards"][0]
    assert [row["run"] for row in board["entries"]] == [run.name]


def test_an_average_without_answers_says_that_nothing_is_recorded(kit_cli: Cli, toy_folder: Path) -> None:
    runs = [last_line(kit_cli("train", "bars", "--data", toy_folder, "--seed", seed, *QUICK)) for seed in (1, 2)]
    (toy_folder / "answers.csv").unlink()
    result = kit_cli("predict", *runs)
    last_line(result)
    assert "nothing is recorded or ranked" in result.stderr
    assert json.loads(kit_cli("leaderboard", "--json").stdout)["boards"] == []
