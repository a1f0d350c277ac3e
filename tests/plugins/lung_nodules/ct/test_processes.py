"""Work in parallel processes: results, errors, an untrusted current folder, and an end with the parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from kit_plugins.lung_nodules.ct import batch, detection, preparation, processes
from kit_plugins.lung_nodules.ct.processes import run_in_processes

from kit import DataError
from tests.plugins.lung_nodules.contest import edit, write_scan

CODE = "import os, pathlib; pathlib.Path(os.environ['MARK']).write_text('run')"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


def write_scans(folder, count):
    return [write_scan(folder, uid=f"1.2.{number}") for number in range(count)]


def test_results_are_those_of_one_process(tmp_path):
    arguments = [(path, False) for path in write_scans(tmp_path, 5)]
    found = dict(run_in_processes(batch.prepare, arguments, 2))
    assert found == dict(run_in_processes(batch.prepare, arguments, 1)) == dict.fromkeys(range(5))


def test_an_error_names_its_scan_and_other_scans_stay_prepared(tmp_path):
    paths = write_scans(tmp_path, 4)
    paths[3].with_suffix(".raw").write_bytes(bytes(12 * 40 * 44 * 2))
    with pytest.raises(DataError, match="the same value") as caught:
        batch.prepare_all(paths, candidates=False, processes=2)
    assert str(paths[3]) in str(caught.value)
    assert list(batch.faulty_scans(paths, candidates=False, processes=2)) == [paths[3]]
    assert all(preparation.cache_path(path, "volume", ()).exists() for path in paths[:3])


def test_a_wrong_header_ends_it_before_anything_is_prepared(tmp_path):
    paths = write_scans(tmp_path, 3)
    edit(paths[2], NDims="2")
    with pytest.raises(DataError, match="wrong NDims"):
        batch.prepare_all(paths, candidates=True, processes=2)
    assert not detection.detection_path(paths[0]).exists()


def test_a_relative_path_is_that_of_the_parent(tmp_path, monkeypatch):
    write_scans(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    batch.prepare_all([Path("1.2.0.mhd"), Path("1.2.1.mhd")], candidates=False, processes=2)


def test_a_bug_keeps_its_traceback(tmp_path):
    with pytest.raises(RuntimeError, match="Traceback"):
        list(run_in_processes(batch.prepare, [(1, 2), (3, 4)], 2))


def test_nothing_of_an_untrusted_current_folder_is_run(tmp_path, monkeypatch):
    paths = write_scans(tmp_path / "scans", 2)
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for name in ("joblib", "threading", "multiprocessing", "numpy", "kit", "json", "sitecustomize"):
        (hostile / f"{name}.py").write_text(CODE)
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    monkeypatch.chdir(hostile)
    batch.prepare_all(paths, candidates=False, processes=2)
    assert not (tmp_path / "mark").exists()


def test_scans_are_prepared_without_processes_where_none_can_be_started(tmp_path, monkeypatch, capsys):
    def refuse(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(processes.subprocess, "Popen", refuse)
    paths = write_scans(tmp_path, 2)
    batch.prepare_all(paths, candidates=False, processes=2)
    assert all(preparation.cache_path(path, "volume", ()).exists() for path in paths)
    assert "0 of 2 processes could be started" in capsys.readouterr().err


def test_a_scan_that_vanishes_and_a_full_disk_are_named(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    path = write_scan(tmp_path)
    monkeypatch.setattr(preparation, "atomic", full)
    with pytest.raises(DataError, match="cannot be prepared") as caught:
        batch.prepare_all([path], candidates=False, processes=1)
    assert "No space left on device" in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="ends it by signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_processes_end_with_their_parent_whatever_ends_it(how, tmp_path):
    paths = write_scans(tmp_path / "scans", 40)
    code = (
        "import sys; from pathlib import Path; from kit_plugins.lung_nodules.ct.batch import prepare_all; "
        "prepare_all([Path(p) for p in sys.argv[1:]], candidates=True, processes=2)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, *map(str, paths)], env=dict(os.environ))
    end = time.monotonic() + 60
    while len(children := psutil.Process(parent.pid).children(recursive=True)) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(0.5)
    parent.send_signal(how)
    parent.wait(30)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert len(children) == 2 and alive == []
