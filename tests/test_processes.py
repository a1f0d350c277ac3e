"""Nothing that lies in the current folder is imported or run by what the kit starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import processes
from kit.runs.git_state import git_state
from kit.runs.records import GitState

EVIL = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


def git(*arguments: str, folder: Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, the current folder."""
    git("init", "-q", folder=tmp_path)
    (tmp_path / "data.csv").write_text("1")
    git("add", ".", folder=tmp_path)
    git("commit", "-q", "-m", "data", folder=tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commit_and_changes_are_recorded(repository):
    state = git_state()
    assert state is not None and len(state.commit) == 40 and state.dirty is False
    (repository / "data.csv").write_text("2")
    assert git_state() == GitState(commit=state.commit, dirty=True)


def test_outside_a_repository_there_is_no_state(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state() is None


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
@pytest.mark.parametrize("key", ["core.fsmonitor", "filter.evil.clean", "core.hooksPath"])
def test_no_command_of_a_repositorys_configuration_is_run(repository, key):
    script = repository / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {repository}/ran\ncat\n")
    script.chmod(0o755)
    (repository / "hooks").mkdir()
    value = str(repository / "hooks") if key == "core.hooksPath" else str(script)
    git("config", key, value, folder=repository)
    (repository / ".gitattributes").write_text("*.csv filter=evil\n")
    (repository / "data.csv").write_text("2")
    state = git_state()
    assert not (repository / "ran").exists()
    assert state is not None and state.dirty is (None if "filter" in key else True)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no safe path")
def test_a_child_imports_nothing_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "joblib.py").write_text(EVIL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "relative"]))
    code = "import importlib.util, kit; print(importlib.util.find_spec('joblib').origin)"
    command = [*processes.safe_python(), "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, env=processes.safe_environment(), capture_output=True, text=True, check=True
    )
    assert str(tmp_path) not in done.stdout
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no safe path")
def test_processes_that_a_library_starts_are_protected_too(tmp_path):
    for name in ("joblib", "threading", "numpy", "multiprocessing"):
        (tmp_path / f"{name}.py").write_text(EVIL)
    code = (
        "import subprocess, sys\nfrom kit.processes import protect_children\nprotect_children()\n"
        "subprocess.run([sys.executable, '-c', 'import joblib, threading, numpy'], check=True)\n"
    )
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=True, timeout=60)
    assert not (tmp_path / "ran").exists()
