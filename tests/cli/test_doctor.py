"""``kit doctor``: text, JSON and exit code."""

from __future__ import annotations

import json

from kit.doctor import Row


def test_a_whole_installation_gives_exit_code_0(kit_cli, toy_plugins):
    result = kit_cli("doctor")
    assert result.exit_code == 0, result.stdout
    for section in ("versions", "paddle", "processor", "folders", "plugins"):
        assert f"{section}\n" in result.stdout
    assert "bars: Vertical or horizontal bars?" in result.stdout


def test_what_is_missing_gives_exit_code_1_and_what_to_type(kit_cli, monkeypatch):
    row = Row("paddle", "paddlepaddle", "not installed", "missing", "pip install paddlepaddle")
    monkeypatch.setattr("kit.doctor.examine", lambda catalogue: [row])
    result = kit_cli("doctor")
    assert result.exit_code == 1
    assert "X paddlepaddle: not installed\n      to do: pip install paddlepaddle\n" in result.stdout
    assert result.stdout.endswith("1 missing, 0 warnings\n")


def test_json_has_every_row(kit_cli, monkeypatch):
    monkeypatch.setattr("kit.doctor.examine", lambda catalogue: [Row("versions", "python", "3.11.7")])
    result = kit_cli("doctor", "--json")
    assert result.exit_code == 0
    row = {"section": "versions", "name": "python", "value": "3.11.7", "state": "ok", "remedy": ""}
    assert json.loads(result.stdout)["rows"] == [row]
