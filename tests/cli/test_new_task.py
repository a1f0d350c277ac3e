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


def test_from_files_it_shows_what_was_found_and_writes_the_plugin(kit_cli, tmp_path):
    from tests.inspection.drawn_contests import binary_table

    binary_table(tmp_path / "data", 60)
    result = kit_cli("new-task", "ship", tmp_path / "mine", "--from", tmp_path / "data", "--metric", "f1")
    assert result.exit_code == 0, result.stderr
    assert "PassengerId" in result.stdout and result.stdout.endswith(f"{tmp_path / 'mine' / 'ship'}\n")
    assert f"kit --plugins {tmp_path / 'mine'} run ship --data {tmp_path / 'data'}" in result.stderr
    shown = kit_cli("show", "ship", "--plugins", tmp_path / "mine", "--json")
    assert '"name": "F1"' in shown.stdout


def test_a_dry_run_writes_nothing_and_json_holds_all_facts(kit_cli, tmp_path):
    import json

    from tests.inspection.drawn_contests import binary_table

    binary_table(tmp_path / "data", 60)
    result = kit_cli("new-task", "ship", tmp_path / "mine", "--from", tmp_path / "data", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)["inspection"]
    assert (found["kind"], found["id"], found["targets"]) == ("binary", "PassengerId", ["Survived"])
    assert {"name", "value", "confidence", "reason", "option"} == set(found["facts"][0])
    assert not (tmp_path / "mine").exists()


def test_options_about_files_need_files(kit_cli, tmp_path):
    result = kit_cli("new-task", "ship", tmp_path, "--metric", "auc")
    assert result.exit_code == 1 and "--from DATA" in result.stderr


def test_a_folder_that_is_taken_is_refused_before_files_are_looked_at(kit_cli, tmp_path):
    (tmp_path / "ship").mkdir()
    (tmp_path / "data").mkdir()
    result = kit_cli("new-task", "ship", tmp_path, "--from", tmp_path / "data")
    assert result.exit_code == 1 and "exists already" in result.stderr


def test_sides_are_whole_numbers(kit_cli, tmp_path):
    result = kit_cli("new-task", "ship", tmp_path, "--from", tmp_path, "--shape", "28,x")
    assert result.exit_code == 2 and "28,28" in result.stderr
