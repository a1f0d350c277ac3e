from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.ledger import ledger_location, record
from tests.conftest import ROOT
from tests.ledger.scores import made

Run = Callable[..., Any]
LONG = "20260101-120000-" + "resnet" * 6 + "-seed0"


@pytest.fixture
def recorded(toy_plugins: Path) -> None:
    """Two submissions of the toy task and one of a task that no plugin defines."""
    text = (toy_plugins / "toy.py").read_text()
    reference = 'references=(kit.Reference("手写数字 CNN", 0.8, "its own rows", "https://example.org"),), config='
    (toy_plugins / "toy.py").write_text(text.replace("config=kit.", reference + "kit."))
    record(
        made(0.91234, "a", private=0.6), run=LONG, cv_mean=0.90123, cv_spread=0.00456, note="[red]first[/red]\x1b[2J"
    )
    record(made(0.7, "b", private=0.9))
    record(made(0.5, "c", task="gone"))


@pytest.mark.usefixtures("recorded")
def test_the_json_is_the_documented_one(kit_cli: Run) -> None:
    result = kit_cli("leaderboard", "--json")
    assert result.exit_code == 0
    first, second = json.loads(result.stdout)["boards"]
    assert [row["rank"] for row in first["entries"]] == [1, 2, 3]
    assert all(row["private_score"] is None for row in first["entries"])
    page = (ROOT / "docs" / "json.md").read_text("utf-8")
    documented = re.findall(r"`(\w+)`", page.partition("\nEntries have ")[2].partition(".")[0])
    assert documented == list(first["entries"][0])
    assert (second["task"], second["known"]) == ("gone", False)


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("columns", ["80", "200", "30"])
@pytest.mark.parametrize("reveal", [False, True])
def test_the_text_is_whole_at_any_width(
    kit_cli: Run, monkeypatch: pytest.MonkeyPatch, columns: str, reveal: bool
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    result = kit_cli("leaderboard", *["--reveal"] * reveal)
    assert result.exit_code == 0
    for shown in ("0.91234", "0.81234–1.01234", "0.90123±0.00456", "its own rows", "https://example.org"):
        assert shown in result.stdout
    head, *rows = [line for line in result.stdout.splitlines()[3:] if "have been shown" not in line]
    start, title = head.index("Entry"), "Private" if reveal else "Public"
    end = head.index(title) + len(title) - len("0.91234")
    assert LONG in "".join(row[start:end].strip() for row in rows)
    assert "[red]first[/red]" in result.stdout
    assert "\x1b" not in result.stdout
    assert "…" not in result.stdout
    assert "gone (no installed plugin defines it)" in result.stdout
    if columns == "80":
        table = [line for line in result.stdout.splitlines() if "https://" not in line]
        assert max(map(len, table)) <= 80


@pytest.mark.usefixtures("recorded")
def test_an_output_without_unicode_is_readable(kit_process: Run) -> None:
    result = kit_process("leaderboard", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "0.81234..1.01234" in result.stdout and "0.90123+-0.00456" in result.stdout and "?? CNN" in result.stdout


@pytest.mark.usefixtures("recorded")
def test_reveal_ranks_by_the_private_part(kit_cli: Run) -> None:
    closed, opened = kit_cli("leaderboard", "bars").stdout, kit_cli("leaderboard", "bars", "--reveal").stdout
    assert "0.90000" not in closed.replace("0.90000–", "").replace("–0.90000", "")
    rows = [line for line in opened.splitlines() if re.match(r"\s*\d \(", line)]
    assert rows[0].split()[:3] == ["1", "(+2)", "b.csv"]
    assert rows[0].split()[3:5] == ["0.90000", "0.70000"]
    assert "shown" not in closed and "shown 1 time" in opened
    assert "shown 2 times" in kit_cli("leaderboard", "--reveal").stdout
    assert "shown 2 times" in kit_cli("leaderboard", "bars").stdout


def test_looking_at_the_private_part_of_nothing_makes_no_ledger(kit_cli: Run, toy_plugins: Path) -> None:
    assert kit_cli("leaderboard", "--reveal").exit_code == 0
    assert not ledger_location().exists()


@pytest.mark.usefixtures("recorded")
def test_the_page_is_written_whole_and_its_path_printed(kit_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "new" / "board.html"
    result = kit_cli("leaderboard", "--html", file)
    assert result.stdout.strip() == str(file)
    assert file.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.usefixtures("toy_plugins")
def test_an_empty_ledger_says_what_to_type(kit_cli: Run) -> None:
    result = kit_cli("leaderboard")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "kit run TASK --sample" in result.stderr
    assert json.loads(kit_cli("leaderboard", "--json").stdout)["boards"] == []


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(("name", "code"), [("bars", 0), ("gone", 0), ("nowhere", 1)])
def test_a_task_is_known_by_its_plugin_or_its_records(kit_cli: Run, name: str, code: int) -> None:
    result = kit_cli("leaderboard", name)
    assert result.exit_code == code
    assert ("there is no task" in result.stderr) == bool(code)


def test_help_has_an_example(kit_cli: Run) -> None:
    assert "Example: kit leaderboard" in kit_cli("leaderboard", "--help").stdout


@pytest.mark.usefixtures("recorded")
def test_submissions_of_others_are_not_counted_as_rows_that_a_limit_left_out(
    kit_cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_AUTHOR", "berta")
    record(made(0.6, "d"))
    record(made(0.4, "e"))
    assert "more" not in kit_cli("leaderboard", "bars", "--author", "berta").stdout
    assert "and 2 more" in kit_cli("leaderboard", "bars", "--author", "berta", "--limit", "1").stdout
    nobody = kit_cli("leaderboard", "bars", "--author", "nobody")
    assert "more" not in nobody.stdout
    assert "no submission of nobody is recorded" in nobody.stderr
    assert "nothing has been recorded" not in nobody.stderr
