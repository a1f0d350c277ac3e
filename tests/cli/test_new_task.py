"""``kit new-task``: the folder, and what to type next."""

from __future__ import annotations


def test_the_folder_is_the_last_line_and_the_next_commands_are_printed(kit_cli, tmp_path):
    result = kit_cli("new-task", "plant_leaves", tmp_path, "--title", "Plant leaves 2026")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'plant_leaves'}\n"
    assert f"kit --plugins {tmp_path} run plant_leaves --sample" in result.stderr
    assert f"pip install -e {tmp_path / 'plant_leaves'}" in result.stderr
    assert "Plant leaves 2026" in kit_cli("tasks", "--plugins", tmp_path).stdout


def test_it_checks_and_scores_its_own_sample(kit_cli, tmp_path):
    kit_cli("new-task", "plant_leaves", tmp_path / "mine")
    data = tmp_path / "data"
    assert kit_cli("sample", "plant_leaves", data, "--size", 20, "--plugins", tmp_path / "mine").exit_code == 0
    submission = data / "sample_submission.csv"
    checked = kit_cli("check", "plant_leaves", submission, "--data", data, "--plugins", tmp_path / "mine")
    assert checked.exit_code == 0, checked.stdout
    scored = kit_cli("score", "plant_leaves", submission, "--answers", data, "--plugins", tmp_path / "mine")
    assert scored.exit_code == 0, scored.stderr
    assert "0.6" in scored.stdout, "three of five pictures are squares"


def test_the_current_folder_is_the_default(kit_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kit_cli("new-task", "plant_leaves").exit_code == 0
    assert (tmp_path / "plant_leaves" / "reader.py").is_file()


def test_a_task_that_exists_is_not_written_again(kit_cli, tmp_path, toy_plugins):
    result = kit_cli("new-task", "bars", tmp_path)
    assert result.exit_code == 1
    assert "there is a task 'bars' already" in result.stderr
