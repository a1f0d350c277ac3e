"""The transcripts of the documentation are true: each command is executed and prints what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.inspection.drawn_contests import binary_table
from tests.transcript import Entry, compare, entries, replay

PAGE = ROOT / "docs" / "first_hour.md"
INSTALLATION = ("python3 -m venv", "source ", "pip install")
WIDTH = "110"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: one that holds the documentation's examples, and where runs are written."""
    folder = tmp_path / "work"
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("KIT_SUBMISSIONS")
    monkeypatch.setenv("COLUMNS", WIDTH)
    return folder


def test_the_commands_print_what_the_page_shows(work: Path, kit_cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("paddle")

    def execute(command: str) -> str:
        name, *rest = shlex.split(command)
        if name == "kit":
            return str(kit_cli(*rest).output)
        if name == "export":
            for assignment in rest:
                monkeypatch.setenv(*assignment.split("=", 1))
            return ""
        return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout  # noqa: S602

    transcript = [entry for entry in entries(PAGE) if not entry.command.startswith(INSTALLATION)]
    assert len(transcript) >= 18
    assert replay(transcript, execute) == []


def test_the_table_of_your_own_contest_is_what_new_task_shows(work: Path, kit_cli: Any) -> None:
    binary_table(work / "titanic", 891)
    first, *_ = entries(ROOT / "docs" / "own_contest.md")
    assert len(first.shown) > 20
    assert replay([first], lambda command: str(kit_cli(*shlex.split(command)[1:]).output)) == []


@pytest.mark.slow
def test_your_own_contest_runs_as_shown(work: Path, kit_cli: Any) -> None:
    binary_table(work / "titanic", 891)
    transcript = entries(ROOT / "docs" / "own_contest.md")
    assert len(transcript) == 2
    assert replay(transcript, lambda command: str(kit_cli(*shlex.split(command)[1:]).output)) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_page_is_true_in_a_new_environment(tmp_path: Path) -> None:
    """As printed, in one bash, with the installation: it needs an index of packages and takes minutes."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    work = tmp_path / "kit"
    for name in listed.splitlines():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, work / name)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KIT_", "PYTHON"))}
    environment |= {
        "KIT_CACHE": str(tmp_path / "cache"),
        "KIT_AUTHOR": "anna",
        "COLUMNS": WIDTH,
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        ["bash"],
        cwd=work,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as bash:

        def execute(command: str) -> str:
            assert bash.stdin is not None and bash.stdout is not None
            bash.stdin.write(f"{command}\necho; echo end-of-command\n")
            bash.stdin.flush()
            lines: list[str] = []
            for line in bash.stdout:
                if line == "end-of-command\n":
                    break
                lines.append(line)
            printed = "".join(lines)
            if command.startswith("pip install") and re.search("connection|No matching distribution", printed):
                pytest.skip(f"no index of packages: {printed[-300:]}")
            return printed

        try:
            assert replay(entries(PAGE), execute) == []
        finally:
            bash.kill()


def test_a_line_that_is_not_printed_is_found() -> None:
    names: dict[str, str] = {}
    printed = "run 20270101-000000-small: 80 samples\nscore 0.91\n"
    assert compare(["run 20261127-232336-small: 7 samples", "score 0.5"], printed, names) is None
    assert names == {"20261127-232336-small": "20270101-000000-small"}
    assert compare(["score 0.5", "run ... samples"], printed, {}) == "run ... samples"  # the order counts
    assert compare(["rank 1"], printed, {}) == "rank 1"
    assert replay([Entry("kit runs 20261127-232336-x", ("nothing",))], lambda command: command)[0].startswith(
        "$ kit runs"
    )
