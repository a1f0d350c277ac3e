"""An error of the operating system is one message with the file, the reason and what to do; never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from kit.data import sample_folder

Run = Callable[..., click.testing.Result]


def raise_instead(monkeypatch: pytest.MonkeyPatch, code: int, path: Path | str | None) -> None:
    """Let `kit sample` fail with this error."""

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(code, os.strerror(code), path)

    monkeypatch.setattr(sample_folder, "new_folder", fail)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EROFS, "the file system is read-only: /mnt/data"),
        (errno.ENOSPC, "the disk is full: /mnt/data"),
        (errno.EACCES, "permission denied: /mnt/data"),
        (errno.EIO, "/mnt/data"),
        (errno.EMFILE, "ulimit"),
    ],
)
def test_a_disk_that_fails_is_one_message(kit_cli: Run, toy_plugins, tmp_path, monkeypatch, code, words):
    raise_instead(monkeypatch, code, "/mnt/data")
    result = kit_cli("sample", "bars", tmp_path / "new")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ") and words in result.stderr
    assert result.stdout == ""


def test_an_error_without_a_file_keeps_its_own_words(kit_cli: Run, toy_plugins, tmp_path, monkeypatch):
    def fail(*arguments: object, **options: object) -> None:
        raise OSError("unable to open file (file signature not found)")

    monkeypatch.setattr(sample_folder, "new_folder", fail)
    result = kit_cli("sample", "bars", tmp_path / "new")
    assert result.exit_code == 1 and "file signature not found" in result.stderr


def test_too_little_memory_is_one_message(kit_cli: Run, toy_plugins, tmp_path, monkeypatch):
    def fail(*arguments: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sample_folder, "new_folder", fail)
    assert "not enough memory" in kit_cli("sample", "bars", tmp_path / "new").stderr


@pytest.mark.parametrize("variable", ["KIT_SUBMISSIONS", "KIT_CACHE"])
def test_a_file_in_place_of_a_folder_is_named_with_the_variable(
    kit_cli: Run, toy_plugins, tmp_path, monkeypatch, variable
):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    result = kit_cli("run", "bars", "--sample", "--size", 20, "--epochs", 1, "--device", "cpu")
    assert result.exit_code == 1
    assert str(tmp_path / "file") in result.stderr and f"export {variable}=" in result.stderr


def test_a_file_in_place_of_the_folder_of_runs_is_not_an_empty_folder(kit_cli: Run, toy_plugins, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "file"))
    for words in (["runs"], ["runs", "bars"], ["report", "latest"]):
        result = kit_cli(*words)
        assert result.exit_code == 1
        assert str(tmp_path / "file") in result.stderr and "export KIT_SUBMISSIONS=" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/null as a home folder")
def test_a_home_folder_that_cannot_be_written_is_named(kit_process, toy_plugins, tmp_path):
    home = {"HOME": "/dev/null", "XDG_CACHE_HOME": "", "KIT_CACHE": ""}
    done = kit_process("run", "bars", "--sample", "--size", 20, cwd=tmp_path, **home)
    assert done.returncode == 1
    assert "export KIT_CACHE=" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_where_a_file_is_written_is_named(kit_cli: Run, toy_plugins, tmp_path):
    (tmp_path / "board.html").mkdir()
    result = kit_cli("leaderboard", "--html", tmp_path / "board.html")
    assert result.exit_code == 1
    assert f"a folder, and a file is needed: {tmp_path / 'board.html'}" in result.stderr


def test_a_readers_missing_file_is_named(kit_cli: Run, toy_plugins, tmp_path):
    (tmp_path / "data").mkdir()
    result = kit_cli("train", "bars", "--data", tmp_path / "data", "--device", "cpu")
    assert result.exit_code == 1
    assert "train.npy" in result.stderr and "Traceback" not in result.stderr


LAZY = """
import dataclasses, kit, tests.toy_task
@kit.hookimpl
def kit_tasks():
    return [dataclasses.replace(tests.toy_task.kit_tasks()[0], name="lazy_bars", reader=kit.lazy({target!r}))]
"""


@pytest.mark.parametrize("target", ["no_such_module:read", "json:read", "broken_library:read"])
def test_a_lazy_target_that_cannot_be_imported_is_named(kit_cli: Run, tmp_path, monkeypatch, target):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken_library.py").write_text("import no_such_library\n")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "lazy_bars.py").write_text(LAZY.format(target=target))
    result = kit_cli("train", "lazy_bars", "--data", tmp_path, "--plugins", tmp_path / "plugins", "--device", "cpu")
    assert result.exit_code == 1
    assert f"lazy('{target}')" in result.stderr


def test_a_closed_pipe_is_no_error(tmp_path):
    import subprocess

    command = [sys.executable, "-m", "kit", "tasks"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.wait(60)


def test_a_file_above_a_new_folder_is_named(kit_cli: Run, toy_plugins, tmp_path):
    (tmp_path / "file").write_text("x")
    result = kit_cli("sample", "bars", tmp_path / "file" / "new")
    assert result.exit_code == 1
    assert f"a file, and a folder is needed: {tmp_path / 'file'}" in result.stderr


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which nothing can be made")
def test_the_file_is_named_and_not_its_temporary_name(kit_cli: Run, toy_plugins):
    result = kit_cli("leaderboard", "--html", "/proc/board.html")
    assert result.exit_code == 1
    assert "/proc/board.html" in result.stderr and ".tmp" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_named(tmp_path, options):
    import subprocess

    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "kit", "tasks", *options]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the disk is full") and "Traceback" not in done.stderr
