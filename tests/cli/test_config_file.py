"""Settings from a file: the command line wins, and what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.runs import Run


def config_of(result) -> dict:
    assert result.exit_code == 0, result.stderr
    return Run(Path(result.stdout.splitlines()[-1])).config


def test_options_and_settings_of_a_file_are_used_and_the_command_line_wins(kit_cli, toy_folder, toy_plugins) -> None:
    file = toy_folder.parent / "experiment.toml"
    file.write_text('data = "toy-data"\nepochs = 1\nfolds = 2\nlearning_rate = 0.01\naugment = false\nworkers = 0\n')
    found = config_of(kit_cli("train", "bars", "--config", file))
    assert (found["epochs"], found["folds"], found["learning_rate"], found["augment"]) == (1, 2, 0.01, False)
    found = config_of(kit_cli("train", "bars", "--config", file, "--folds", 1, "--set", "learning_rate=0.02"))
    assert (found["epochs"], found["folds"], found["learning_rate"]) == (1, 1, 0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs = [1, 2]", "'epochs' of the configuration is no single value"),
        ("epochs 3", "the configuration cannot be read"),
        ("epoch = 3", "no setting 'epoch'"),
        ('epochs = "many"', "'many' is not a valid integer"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text, message, kit_cli, toy_folder, toy_plugins) -> None:
    file = toy_folder / "experiment.toml"
    file.write_text(text)
    result = kit_cli("train", "bars", "--data", toy_folder, "--config", file)
    assert result.exit_code != 0 and message in result.stderr, result.stderr


def test_the_file_that_is_written_describes_every_setting_and_changes_nothing(kit_cli, toy_folder, toy_plugins) -> None:
    file = toy_folder / "mine.toml"
    assert kit_cli("config", "bars", "-o", file).stdout.strip() == str(file)
    text = file.read_text()
    assert "#epochs = 5" in text and text.count("\n# ") > 10
    options = ["--data", toy_folder, "--epochs", 1, "--set", "workers=0"]
    plain = config_of(kit_cli("train", "bars", *options))
    same = config_of(kit_cli("train", "bars", *options, "--config", file))
    assert json.dumps(plain, sort_keys=True) == json.dumps(same, sort_keys=True)


def test_a_variable_saves_typing_the_folder(kit_cli, toy_folder, toy_plugins, monkeypatch) -> None:
    assert "KIT_DATA_BARS" in kit_cli("train", "bars").stderr
    monkeypatch.setenv("KIT_DATA_BARS", str(toy_folder))
    assert config_of(kit_cli("run", "bars", "--epochs", 1, "--set", "workers=0"))["epochs"] == 1


def test_the_variable_is_audited_and_must_name_a_folder(kit_cli, toy_folder, toy_plugins, monkeypatch) -> None:
    assert "KIT_DATA_BARS" in kit_cli("audit", "bars").stderr
    monkeypatch.setenv("KIT_DATA_BARS", str(toy_folder))
    assert kit_cli("audit", "bars").exit_code == 0
    monkeypatch.setenv("KIT_DATA_BARS", str(toy_folder / "nowhere"))
    result = kit_cli("audit", "bars")
    assert result.exit_code == 1 and "unset KIT_DATA_BARS" in result.stderr


def test_the_variable_gives_the_ids_to_check_too(kit_cli, toy_folder, toy_plugins, tmp_path, monkeypatch) -> None:
    short = tmp_path / "short.csv"
    short.write_text("id,label\n1,0\n")
    assert "ids were not checked" in kit_cli("check", "bars", short).stdout
    monkeypatch.setenv("KIT_DATA_BARS", str(toy_folder))
    assert "ids were not checked" not in kit_cli("check", "bars", short).stdout
    assert kit_cli("check", "bars", short).exit_code == 1


def test_a_task_without_a_sample_is_certified_on_the_files_of_the_variable(
    kit_cli, toy_folder, toy_plugins, monkeypatch
) -> None:
    plugin = toy_plugins / "toy.py"
    plugin.write_text(plugin.read_text("utf-8").replace("        sample=make_sample,\n", ""), "utf-8")
    assert kit_cli("certify", "bars", "--quick").exit_code == 1
    monkeypatch.setenv("KIT_DATA_BARS", str(toy_folder))
    assert kit_cli("certify", "bars", "--quick").exit_code == 0
