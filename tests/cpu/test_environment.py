from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit.cpu import allocator, cores, environment

SHOW = """
import json, os, sys
from kit.cpu import environment
environment.prepare(workers=len(sys.argv) > 1)
environment.prepare(workers=len(sys.argv) > 1)
names = ("OMP_NUM_THREADS", "MKL_DEBUG_CPU_TYPE")
print(json.dumps([{name: os.environ.get(name) for name in names}, environment.describe(), "paddle" in sys.modules]))
"""


def prepared(*arguments: str, **variables: str) -> tuple[dict[str, str], dict[str, list[str]], bool]:
    """Return the variables, the description by name and whether Paddle was imported, of a process of its own."""
    ours = ("OMP_", "MKL_", "MALLOC_", "KIT_", "GLIBC_TUNABLES")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    run = subprocess.run(
        [sys.executable, "-c", SHOW, *arguments], env=clean | variables, capture_output=True, text=True, check=True
    )
    found, described, paddle = json.loads(run.stdout)
    return found, {name: [value, why] for name, value, why in described}, paddle


def test_threads_are_the_usable_cores_and_paddle_is_not_imported() -> None:
    found, described, paddle = prepared()
    assert found["OMP_NUM_THREADS"] == str(cores.usable()[0]) == described["OMP_NUM_THREADS"][0]
    assert (found["MKL_DEBUG_CPU_TYPE"] == "5") == cores.amd_with_avx2()
    assert not paddle


def test_preparing_takes_no_time() -> None:
    start = time.perf_counter()
    environment.prepare()
    assert time.perf_counter() - start < 0.1


def test_settings_of_the_user_win() -> None:
    found, described, _ = prepared(OMP_NUM_THREADS="7", MKL_DEBUG_CPU_TYPE="4")
    assert found == {"OMP_NUM_THREADS": "7", "MKL_DEBUG_CPU_TYPE": "4"}
    assert described["OMP_NUM_THREADS"] == ["7", "set by you"]


def test_training_processes_divide_the_cores() -> None:
    found, described, _ = prepared(PADDLE_TRAINERS_NUM="2")
    assert found["OMP_NUM_THREADS"] == str(max(1, cores.usable()[0] // 2))
    assert "divided among 2 processes" in described["OMP_NUM_THREADS"][1]


def test_worker_has_one_thread_even_where_its_parent_set_more() -> None:
    assert prepared("worker")[0]["OMP_NUM_THREADS"] == "1"
    inherited = prepared("worker", OMP_NUM_THREADS="2", **{environment.OURS: "OMP_NUM_THREADS"})
    assert inherited[0]["OMP_NUM_THREADS"] == "1"
    assert prepared("worker", OMP_NUM_THREADS="2")[0]["OMP_NUM_THREADS"] == "2"


@pytest.mark.parametrize(
    "variables", [{"KIT_MALLOC": "0"}, {"MALLOC_ARENA_MAX": "1"}, {"GLIBC_TUNABLES": "glibc.malloc.mmap_max=9"}]
)
def test_malloc_is_left_alone_where_the_user_chose(variables: dict[str, str]) -> None:
    assert prepared(**variables)[1]["malloc"][0] == "as it is"


def test_other_systems_keep_their_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert allocator.keep_freed_memory.__wrapped__()[0][1] == "as it is"


def test_paddle_imported_first_is_reported_and_does_not_fail() -> None:
    code = "import paddle\nfrom kit.cpu import environment as e\ne.prepare()\nprint(e.describe()[0])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "imported before" in run.stdout


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000"}, 1.5),
        ({"cpu.max": "max 100000"}, None),
        ({"inner/cpu.max": "max 100000", "cpu.max": "200000 100000"}, 2.0),
        ({}, None),
    ],
)
def test_quota_of_a_control_group_is_read(
    files: dict[str, str], expected: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(cores, "CGROUPS", tmp_path)
    real = cores._read
    monkeypatch.setattr(cores, "_read", lambda path: "0::/inner\n" if path.name == "cgroup" else real(path))
    assert cores._quota() == expected


def test_quota_of_the_older_kind_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cpu,cpuacct" / "box"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text("50000\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    monkeypatch.setattr(cores, "CGROUPS", tmp_path)
    real = cores._read
    monkeypatch.setattr(cores, "_read", lambda path: "4:cpu,cpuacct:/box\n" if path.name == "cgroup" else real(path))
    assert cores._quota() == 0.5
    assert cores.usable()[0] == 1


def test_hardware_threads_of_one_core_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for index, siblings in enumerate(("0,2", "1,3", "0,2", "1,3")):
        folder = tmp_path / f"cpu{index}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(siblings)
    monkeypatch.setattr(cores, "TOPOLOGY", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    assert cores._physical() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2})
    assert cores._physical() == 1
