"""Plugins add verbs, with the options, the errors and the JSON document of the kit's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PLUGIN = """
import click
import kit
from kit import console


@kit.hookimpl
def kit_commands():
    @click.command("count-lines", help="Count the lines of a file.")
    @click.argument("file", type=click.Path())
    def count_lines(file):
        if file == "bug":
            raise ValueError("a bug")
        if file == "list":
            return [1]
        if file == "none":
            raise kit.KitError("there is no such file", found=file, remedy="name another")
        console.output("3")
        return {"lines": 3}

    return [count_lines, click.Command("train")]
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "lines.py").write_text(PLUGIN)
    monkeypatch.setenv("KIT_PLUGINS", str(folder))
    return folder


def test_a_verb_of_a_plugin_is_run_and_listed(plugins, kit_cli):
    result = kit_cli("count-lines", "x")
    assert result.exit_code == 0 and result.stdout == "3\n"
    text = kit_cli("--help").stdout
    assert "Commands of plugins:" in text and "Count the lines of a file." in text
    assert "Usage: kit train [OPTIONS] TASK" in kit_cli("train", "--help").stdout  # the kit's own, not the plugin's
    assert "'train' is left out" in kit_cli("--help").stderr


def test_its_document_holds_what_it_returns_or_its_error(plugins, kit_cli):
    assert json.loads(kit_cli("count-lines", "x", "--json").stdout) == {
        "schema": 1, "verb": "count-lines", "lines": 3
    }  # fmt: skip
    document = json.loads(kit_cli("--json", "count-lines", "none").stdout)
    assert document["verb"] == "count-lines" and "no such file" in json.dumps(document)


def test_errors_are_one_message_and_bugs_name_the_plugins_line(plugins, kit_cli):
    result = kit_cli("count-lines", "none")
    assert result.exit_code == 1 and result.stderr.endswith("to do: name another\n")
    bug = kit_cli("count-lines", "bug")
    assert bug.exit_code == 1 and "ValueError: a bug" in bug.stderr and "lines.py:13" in bug.stderr
    assert "returned list" in kit_cli("count-lines", "list").stderr


def test_a_verb_that_is_nearly_a_plugins_is_suggested(plugins, kit_cli):
    assert "Did you mean 'count-lines'?" in kit_cli("count-line", "x").stderr


@pytest.mark.parametrize("hook", ["return [1]", "raise ValueError('x')", "return 1"])
def test_a_broken_hook_is_a_warning(plugins, kit_cli, hook):
    (plugins / "lines.py").write_text(f"import kit\n\n\n@kit.hookimpl\ndef kit_commands():\n    {hook}\n")
    result = kit_cli("--help")
    assert result.exit_code == 0 and "hook kit_commands" in result.stderr
