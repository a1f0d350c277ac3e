"""``kit tasks``: what can be run, and what is broken and why."""

from __future__ import annotations

import json


def test_a_task_of_a_named_folder_is_listed_with_its_title(kit_cli, toy_plugins):
    result = kit_cli("tasks", "--plugins", toy_plugins)
    assert result.exit_code == 0
    assert "bars" in result.stdout
    assert "Vertical or horizontal bars?" in result.stdout


def test_json_names_the_plugin_and_lists_the_broken_ones_with_reasons(kit_cli, toy_plugins):
    (toy_plugins / "bad.py").write_text("raise RuntimeError('no such contest')\ndef kit_tasks(): ...\n")
    result = kit_cli("tasks", "--json")
    found = json.loads(result.stdout)
    assert {"task": "bars", "title": "Vertical or horizontal bars?", "plugin": "toy", "install": ""} in found["tasks"]
    bad = next(plugin for plugin in found["broken"] if plugin["plugin"] == "bad")
    assert "no such contest" in bad["reason"]
    assert bad["where"].endswith("bad.py")


def test_a_broken_plugin_is_shown_beside_the_working_ones(kit_cli, toy_plugins):
    (toy_plugins / "bad.py").write_text("import nowhere_to_be_found\ndef kit_tasks(): ...\n")
    result = kit_cli("tasks")
    assert result.exit_code == 0
    assert "bars" in result.stdout
    assert "broken plugin bad" in result.stdout
    assert "nowhere_to_be_found" in result.stdout


def test_a_missing_plugin_folder_is_refused_with_its_name(kit_cli, tmp_path):
    result = kit_cli("tasks", "--plugins", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "nowhere" in result.stderr


def test_a_plugin_named_instead_of_its_folder_is_refused_with_what_to_type(kit_cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    result = kit_cli("tasks", "--plugins", tmp_path / "mine")
    assert result.exit_code == 1
    assert f"--plugins {tmp_path}" in result.stderr


def test_a_missing_task_is_a_message_and_not_an_empty_output(kit_cli, monkeypatch):
    monkeypatch.setattr("kit.discovery.catalogue.candidates", lambda folders: iter(()))
    result = kit_cli("tasks")
    assert "no task" in result.stdout + result.stderr


def test_a_plugin_that_is_slow_to_load_is_named(kit_cli, toy_plugins):
    busy = "import time\n\nEND = time.process_time() + 1.1\nwhile time.process_time() < END:\n    pass\n"
    (toy_plugins / "sleepy.py").write_text(busy + (toy_plugins / "toy.py").read_text())
    (toy_plugins / "toy.py").unlink()
    result = kit_cli("tasks", "--json")
    assert "plugin sleepy takes 1." in result.stderr
    assert "bars" in result.stdout


def test_the_names_of_classes_are_shown_with_their_labels(kit_cli, toy_plugins):
    plugin = toy_plugins / "toy.py"
    plugin.write_text(plugin.read_text().replace('name="bars",', 'name="bars", classes=("flat", "tall"),'))
    assert "0: flat, 1: tall" in kit_cli("show", "bars").stdout
    assert json.loads(kit_cli("show", "bars", "--json").stdout)["classes"] == ["flat", "tall"]


def test_the_layers_of_a_model_are_shown_for_the_tasks_own_sample_or_the_users_data(kit_cli, toy_plugins, toy_folder):
    shown = kit_cli("show", "bars", "--model", "small")
    assert shown.exit_code == 0
    assert "AdaptiveMaxPool2D   8 x 1 x 1" in shown.stdout
    assert "98 weights" in shown.stdout
    card = json.loads(kit_cli("show", "bars", "--model", "small", "--data", toy_folder, "--json").stdout)
    assert card["inputs"] == [{"name": "", "shape": [1, 8, 8]}]
    assert card["layers"][0] == {"name": "0", "kind": "Conv2D", "output": [[8, 6, 6]], "weights": 80}
    assert (card["weights"], card["trainable"]) == (98, 98)


def test_data_without_a_model_are_refused_by_show(kit_cli, toy_plugins, toy_folder):
    result = kit_cli("show", "bars", "--data", toy_folder)
    assert result.exit_code == 2
    assert "--model" in result.stderr
