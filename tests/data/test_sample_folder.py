"""A sample appears whole or not at all, also where two processes write the same one."""

from __future__ import annotations

import dataclasses
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from kit.contract.task import Task
from kit.data.sample_folder import cached_sample, make_sample
from kit.errors import KitError
from tests import toy_task


def test_two_processes_that_write_the_same_sample_do_not_disturb_each_other(toy: Task, tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    both = threading.Barrier(2, timeout=20)

    def slowly(folder: Path, size: int, seed: int) -> None:
        toy_task.make_sample(folder, size, seed)
        both.wait()  # the other one has found no sample either

    task = dataclasses.replace(toy, sample=slowly)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(cached_sample(task, 20, 0))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and found[0] == found[1]
    assert (found[0] / "labels.csv").exists()
    assert [path.name for path in found[0].parent.iterdir()] == [found[0].name]


def test_a_sample_that_fails_half_way_leaves_nothing(toy: Task, tmp_path):
    def fail(folder: Path, size: int, seed: int) -> None:
        (folder / "half.csv").touch()
        raise KitError("no ink")

    with pytest.raises(KitError, match="no ink"):
        make_sample(dataclasses.replace(toy, sample=fail), tmp_path / "new", 20, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_content_is_refused(toy: Task, tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(KitError, match="not empty"):
        make_sample(toy, tmp_path, 20, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits")
def test_the_umask_decides_who_may_read_a_sample(toy: Task, tmp_path):
    old = os.umask(0o077)
    try:
        make_sample(toy, tmp_path / "private", 20, 0)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700
