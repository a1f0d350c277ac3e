"""``--quiet``, ``--verbose`` and ``KIT_LOG``, the next command, and what a file in place of a task says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit import console
from kit.cli.output import comparable
from kit.files import submissions_dir
from kit.ledger import record
from tests import toy_task
from tests.ledger.scores import made
from tests.report.example_run import guesses, write_run

Cli = Callable[..., Any]


@pytest.fixture(autouse=True)
def with_toy(toy_plugins: Path) -> None:
    """The toy task is there in every test of this file."""


@pytest.mark.parametrize("before", [True, False])
def test_quiet_leaves_results_and_errors(kit_cli: Cli, tmp_path: Path, before: bool) -> None:
    words = ["sample", "bars", tmp_path / "new", "--size", 8]
    result = kit_cli("--quiet", *words) if before else kit_cli(*words, "-q")
    assert (result.stdout, result.stderr) == (f"{tmp_path / 'new'}\n", "")
    again = kit_cli(*words, "--quiet")
    assert again.exit_code == 1 and "not empty" in again.stderr
    assert console.level() == "info", "the level ends with the command"


def test_verbose_adds_details_and_the_traceback_of_an_error(kit_cli: Cli) -> None:
    assert "Traceback" not in kit_cli("show", "nothing").stderr
    result = kit_cli("show", "nothing", "--verbose")
    assert "debug: " in result.stderr and "Traceback" in result.stderr
    assert result.stderr.rstrip().splitlines()[-1].startswith("  to do:") or "error: " in result.stderr


def test_kit_log_chooses_the_level_and_an_option_wins(kit_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_LOG", "quiet")
    assert kit_cli("show", "bars").stderr == ""
    assert "debug: " in kit_cli("show", "bars", "--verbose").stderr
    monkeypatch.setenv("KIT_LOG", "loud")
    refused = kit_cli("show", "bars")
    assert refused.exit_code == 1 and "quiet, info, debug" in refused.stderr


def test_quiet_and_verbose_exclude_each_other(kit_cli: Cli) -> None:
    result = kit_cli("--quiet", "show", "bars", "--verbose")
    assert result.exit_code == 2 and "exclude each other" in result.stderr


def test_what_begins_is_said_where_somebody_watches(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    console.status("reading")
    with console.at_level("debug"):
        console.status("auditing")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    console.status("loading Paddle")
    with console.at_level("quiet"):
        console.status("nothing")
    assert re.fullmatch(r"debug: \d+\.\d\d s  auditing\nloading Paddle \.\.\.\n", capsys.readouterr().err)


def test_the_next_command_can_be_typed_as_it_stands(kit_cli: Cli, tmp_path: Path) -> None:
    """With the folder of plugins, and a path that a shell would split."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "toy.py").write_text(Path(toy_task.__file__).read_text("utf-8"))
    folder = tmp_path / "two words"
    result = kit_cli("sample", "bars", folder, "--size", 24, "--plugins", tmp_path / "mine")
    (step,) = re.findall(r"^next: kit (.*)$", result.stderr, re.MULTILINE)
    assert shlex.split(step) == ["--plugins", str(tmp_path / "mine"), "run", "bars", "--data", str(folder)]
    audited = kit_cli("audit", *shlex.split(step)[3:], "--plugins", tmp_path / "mine")
    assert audited.exit_code == 0 and "next: kit" in audited.stderr


def test_a_file_in_place_of_the_task_is_answered_with_the_whole_command(kit_cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "my answers.csv"
    file.write_text("ImageId,Label\n1,3\n")
    result = kit_cli("check", file, "--limit", 3)
    assert result.exit_code == 1 and "TASK is missing" in result.stderr
    assert f"kit check digit_recognizer '{file}' --limit 3" in result.stderr
    assert "TASK is missing" not in kit_cli("show", file).stderr, "show takes no file"
    file.write_text("a,b\n")
    assert "to do: kit tasks" in kit_cli("score", file).stderr


def test_of_several_tasks_with_the_columns_those_without_a_fault_are_named(kit_cli: Cli, tmp_path: Path) -> None:
    text = Path(toy_task.__file__).read_text("utf-8").replace('"bars"', '"wide"')
    (tmp_path / "plugins" / "wide.py").write_text(
        text.replace('kit.integer("label", 0, 1)', 'kit.integer("label", 7, 9)')
    )
    file = tmp_path / "answers.csv"
    file.write_text("id,label\n1,1\n")
    told = kit_cli("check", file).stderr
    assert f"kit check bars {file}" in told and "kit check wide" not in told


def test_only_runs_that_are_here_and_comparable_are_named_after_a_board(kit_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    toy_task.make_sample(tmp_path / "data", 80, 0)
    ids, names = [str(number) for number in range(1, 81)], ("20260101-000000-small", "20260101-120000-small")
    for name, score in zip((*names, "elsewhere"), (0.8, 0.9, 0.95), strict=True):
        record(made(score, str(score)[-1]), run=name)
    assert "next:" not in kit_cli("leaderboard", "bars").stderr
    task = toy_task.kit_tasks()[0]
    first, second = (
        write_run(task, submissions_dir() / "bars" / name, tmp_path / "data", ids, guesses(80)) for name in names
    )
    assert f"next: kit report {second.name}" in kit_cli("leaderboard", "bars", "--author", "anna").stderr
    assert comparable(first, second)
    second.write_card(replace(second.card, samples="others"))
    assert not comparable(first, second)
