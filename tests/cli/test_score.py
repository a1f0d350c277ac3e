from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.ledger import entries

Run = Callable[..., Any]


@pytest.fixture
def guess(toy_folder: Path) -> Path:
    """The answers with every fifth label turned."""
    head, *rows = (toy_folder / "answers.csv").read_text().splitlines()
    pairs = [tuple(map(int, row.split(","))) for row in rows]
    lines = [f"{i},{label ^ (i % 5 == 0)}" for i, label in pairs]
    path = toy_folder / "guess.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


@pytest.mark.usefixtures("toy_plugins")
def test_the_json_is_the_documented_one(kit_cli: Run, guess: Path, toy_folder: Path) -> None:
    result = kit_cli("score", "bars", guess, "--answers", toy_folder / "answers.csv", "--json")
    assert result.exit_code == 0
    value = json.loads(result.stdout)
    assert (value["score"], value["rows"], value["higher_is_better"]) == (0.8, 20, True)
    low, high = value["interval"]
    assert 0.5 < low < 0.8 < high <= 1


@pytest.mark.usefixtures("toy_plugins")
def test_the_text_has_score_direction_interval_and_rows(kit_cli: Run, guess: Path, toy_folder: Path) -> None:
    result = kit_cli("score", "bars", guess, "--answers", toy_folder)
    first, second, third = result.stdout.splitlines()
    assert first == "accuracy 0.80000 (higher is better)"
    assert second.startswith("95% interval 0.")
    assert third == "rows 20"
    assert entries() == []


@pytest.mark.usefixtures("toy_plugins")
def test_no_bootstrap_gives_a_null_interval(kit_cli: Run, guess: Path, toy_folder: Path) -> None:
    result = kit_cli("score", "bars", guess, "--answers", toy_folder, "--no-bootstrap", "--json")
    assert json.loads(result.stdout)["interval"] is None


@pytest.mark.usefixtures("toy_plugins")
def test_record_adds_a_row_and_prints_its_rank(kit_cli: Run, guess: Path, toy_folder: Path) -> None:
    arguments = ["score", "bars", guess, "--answers", toy_folder, "--record", "--json"]
    result = kit_cli(*arguments, "--note", "turned")
    assert json.loads(result.stdout)["standing"] == {"rank": 1, "of": 1, "references": 0}
    kit_cli(*arguments)
    (entry,) = entries(private=True)
    assert (entry.file, entry.note, entry.run, entry.score) == ("guess.csv", "turned", None, 0.8)
    assert entry.private_score is not None


@pytest.mark.usefixtures("toy_plugins")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bars", "guess.csv"], 2, "--answers"),
        (["bars", "nowhere.csv", "--answers", "."], 2, "nowhere.csv"),
        (["bars", "guess.csv", "--answers", ".", "--note", "x"], 2, "--record"),
        (["baars", "guess.csv", "--answers", "."], 1, "there is no task 'baars'"),
        (["bars", "short.csv", "--answers", "."], 1, "kit check bars short.csv"),
        (["bars", "guess.csv", "--answers", "short.csv"], 1, "the answers do not have every id"),
        (["bars", "guess.csv", "--answers", "test.npy"], 1, "the answers are not a perfect submission"),
    ],
)
def test_mistakes_have_clear_messages(
    kit_cli: Run,
    guess: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(guess.parent)
    Path("short.csv").write_text("id,label\n1,0\n2,1\n")
    result = kit_cli("score", *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""


def test_help_has_an_example(kit_cli: Run) -> None:
    assert "Example: kit score" in kit_cli("score", "--help").stdout
