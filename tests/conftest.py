"""Fixtures of all tests: temporary folders to write to, the toy task, its data, and the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from kit.cli import cli
from kit.contract.task import Task
from tests import toy_task

ROOT = Path(__file__).parent.parent

if "PYTEST_XDIST_WORKER" in os.environ:  # set before Paddle counts the cores, which several processes use
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the whole session: its content never changes a result."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs, the ledger and caches go to temporary folders; no plugin comes from the user's environment."""
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "submissions"))
    monkeypatch.setenv("KIT_CACHE", str(cache))
    monkeypatch.setenv("KIT_AUTHOR", "anna")
    for name in ("KIT_PLUGINS", "KIT_LEDGER", "KIT_FILES", "KIT_ANSWERS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def toy() -> Task:
    """The toy task of ``tests/toy_task.py``."""
    return toy_task.kit_tasks()[0]


@pytest.fixture
def toy_folder(tmp_path: Path) -> Path:
    """The toy task's sample data: 80 training images, 20 test ones and their answers."""
    folder = tmp_path / "toy-data"
    folder.mkdir()
    toy_task.make_sample(folder, 80, 0)
    return folder


@pytest.fixture
def toy_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of plugins that holds the toy task ``bars``; ``KIT_PLUGINS`` names it."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(toy_task.__file__, folder / "toy.py")
    monkeypatch.setenv("KIT_PLUGINS", str(folder))
    return folder


@pytest.fixture
def kit_cli() -> Callable[..., click.testing.Result]:
    """Run ``kit ARGUMENTS`` in this process; the result has ``exit_code``, ``stdout`` and ``stderr``."""

    def run(*arguments: object) -> click.testing.Result:
        result = click.testing.CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="kit")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def kit_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``kit ARGUMENTS`` in a process of its own, in a folder if one is named."""

    def run(
        *arguments: object, cwd: Path | None = None, timeout: float = 120, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kit", *(str(argument) for argument in arguments)]
        settings = {**os.environ, **environment}
        return subprocess.run(
            command, capture_output=True, text=True, cwd=cwd, timeout=timeout, env=settings, check=False
        )

    return run
