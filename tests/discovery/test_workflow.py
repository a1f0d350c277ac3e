"""``kit new-task --ci`` writes a workflow whose commands work in the plugin's folder."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kit.discovery.scaffold import WORKFLOW, new_task
from tests.conftest import ROOT

yaml = pytest.importorskip("yaml")


def steps(folder: Path) -> list[dict[str, Any]]:
    workflow = yaml.safe_load((folder / WORKFLOW).read_text(encoding="utf-8"))
    assert workflow["name"] == "certify" and workflow[True] == ["push", "pull_request"]  # YAML 1.1 reads "on" as true
    (job,) = workflow["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == ["3.10", "3.13"]
    setup = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/setup-python@"))
    assert setup["with"]["python-version"] == "${{ matrix.python }}"
    return list(job["steps"])


def commands(folder: Path) -> list[list[str]]:
    return [shlex.split(step["run"]) for step in steps(folder) if "run" in step]


def in_folder(folder: Path, site: Path, *command: str, timeout: float = 600) -> str:
    """Run a command of the workflow, of this Python's installation and the plugin installed in ``site``."""
    path = os.pathsep.join([str(site), str(ROOT)])
    environment = {name: value for name, value in os.environ.items() if name != "KIT_PLUGINS"} | {"PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(folder: Path, tmp_path: Path, command: list[str]) -> Path:
    """The workflow's first command, without an index: the kit is here already, the plugin goes to a folder."""
    assert command == ["pip", "install", "contest-kit[cpu]", "pytest", "."]
    site = tmp_path / "site"
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "-q", "--target", str(site)]
    in_folder(folder, site, *command[:2], *offline, command[-1])
    return site


def test_its_commands_are_known_and_only_asked_for(tmp_path: Path) -> None:
    folder = new_task("plant_leaves", tmp_path, workflow=True)
    assert [command[0] for command in commands(folder)] == ["pip", "pytest", "kit", "kit"]
    assert not (new_task("other_leaves", tmp_path) / WORKFLOW.parts[0]).exists()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_command_of_the_workflow_succeeds_in_the_plugins_folder(tmp_path: Path) -> None:
    folder = new_task("plant_leaves", tmp_path, workflow=True)
    first, *others = commands(folder)
    site = install(folder, tmp_path, first)
    for command in others:
        in_folder(folder, site, *command)


def test_it_is_not_written_for_files_that_only_the_user_has(tmp_path: Path, kit_cli: Any) -> None:
    done = kit_cli("new-task", "ship", tmp_path, "--from", tmp_path, "--ci")
    assert done.exit_code == 1
    assert "Task(sample=...)" in done.stderr
    assert list(tmp_path.iterdir()) == [] or not (tmp_path / "ship").exists()
