"""The documentation is true: the tutorial's commands run, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
INCLUDED = re.compile(r"```\{literalinclude\} (\S+)\n(?::language: .*\n)?:caption: (\S+)\n```")
KIT = re.compile(r"(?:(?P<variable>\w+)=\$\()?kit (?P<arguments>[^|]*?)(?: \| tail -n 1\))?(?P<fails> \|\| echo .*)?")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def commands(page: Path) -> str:
    """The page's ``sh`` blocks as one script; a file that the page shows with a caption is written there."""
    text = INCLUDED.sub(lambda m: f"```sh\ncp {(page.parent / m[1]).resolve()} {m[2]}\n```", page.read_text("utf-8"))
    return "".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


@pytest.mark.skipif(shutil.which("bash") is None, reason="the tutorial's commands are written for bash")
def test_the_commands_of_the_tutorial_run(tmp_path: Path, kit_cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the kit in this process, which is quicker than a process for each; the others in bash."""
    pytest.importorskip("paddle")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIT_SUBMISSIONS")
    lines = commands(DOCS / "tutorial.md").splitlines()
    assert len(lines) > 15
    codes = []
    for line in lines:
        if match := KIT.fullmatch(line):
            result = kit_cli(*shlex.split(os.path.expandvars(match["arguments"])))
            codes.append(result.exit_code)
            assert result.exit_code == (1 if match["fails"] else 0), f"{line}\n{result.output}"
            if match["variable"]:
                monkeypatch.setenv(match["variable"], result.stdout.splitlines()[-1])
        elif line.startswith("export "):
            monkeypatch.setenv(*line.removeprefix("export ").split("=", 1))
        else:
            subprocess.run(["bash", "-euc", line], check=True, capture_output=True)
    assert codes.count(1) == 1, "the damaged file"
    assert (tmp_path / "submission.csv").is_file()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the tutorial's commands are written for bash")
@pytest.mark.timeout(600)
def test_the_tutorial_is_a_script_that_bash_runs(tmp_path: Path) -> None:
    pytest.importorskip("paddle")
    kit = tmp_path / "bin" / "kit"
    kit.parent.mkdir()
    kit.write_text(f'#!/bin/sh\nexec {sys.executable} -m kit "$@"\n')
    kit.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KIT_")} | {
        "PATH": os.pathsep.join([str(kit.parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "KIT_CACHE": str(tmp_path / "cache"),
    }
    script = commands(DOCS / "tutorial.md")
    assert script.count("\n") > 15
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=work, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "exit code 1" in done.stdout  # of the damaged file
    assert (work / "submission.csv").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def test_the_tree_of_the_architecture_names_every_part() -> None:
    tree = (DOCS / "architecture.md").read_text("utf-8").partition("    kit/\n")[2].partition("    plugins/")[0]
    named = re.findall(r"^ {6}([\w.]+)/? ", tree, re.MULTILINE)
    parts = {path.name for path in (ROOT / "kit").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert sorted(named) == sorted(parts - {"__init__.py", "__main__.py", "__pycache__"})


def test_every_page_of_measurements_says_how_they_were_made() -> None:
    pages = [page for page in sorted((DOCS / "benchmarks").glob("*.md")) if page.name != "index.md"]
    assert pages
    for page in pages:
        assert re.search(r"kit |python -m", page.read_text("utf-8")), f"{page.name} names no command"
