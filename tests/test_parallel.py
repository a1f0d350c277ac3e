"""Work for each of many files: in this process, in several, on a Dask cluster."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from kit import parallel
from kit.errors import DataError, KitError


def square_in(number: int, folder: Path) -> tuple[int, int, str]:
    """The square, who computed it, and the cache folder that this process has."""
    if number < 0:
        raise DataError("there is no square", found=number, where=folder)
    return number * number, os.getpid(), os.environ.get("KIT_CACHE", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", parallel.Parallel()),
        ("3", parallel.Parallel(processes=3)),
        ("dask://localhost:8786", parallel.Parallel(scheduler="tcp://localhost:8786")),
        ("dask://[::1]:8786/", parallel.Parallel(scheduler="tcp://[::1]:8786")),
    ],
)
def test_a_number_is_processes_and_an_address_is_a_scheduler(text, expected):
    assert parallel.parse(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "two", "tcp://localhost:8786", "dask://localhost", "dask:// x:1", "3.5"])
def test_anything_else_is_refused_on_the_command_line(text, kit_cli, toy_plugins, toy_folder):
    result = kit_cli("audit", "bars", "--data", toy_folder, f"--parallel={text}")
    assert result.exit_code == 1
    assert "dask://HOST:PORT" in result.stderr


def test_the_option_holds_for_its_command_alone(kit_cli, toy_plugins, toy_folder, monkeypatch):
    monkeypatch.delenv("KIT_PARALLEL", raising=False)
    seen = []
    monkeypatch.setattr("kit.auditing.audit_parts", lambda contest: seen.append(parallel.chosen()) or ([], []))
    kit_cli("audit", "bars", "--data", toy_folder, "--parallel", "2")
    assert seen == [parallel.Parallel(processes=2)]
    assert parallel.chosen() == parallel.Parallel()


@pytest.mark.parametrize("text", ["", "1"])
def test_without_it_this_process_works_in_order(text, tmp_path):
    with parallel.chosen_as(text):
        found = list(parallel.each(square_in, [(number, tmp_path) for number in range(4)]))
    assert [(position, value[:2]) for position, value in found] == [(n, (n * n, os.getpid())) for n in range(4)]
    assert list(parallel.each(square_in, [])) == []


@pytest.mark.slow
def test_processes_give_the_same_results_and_the_error_of_the_function(tmp_path):
    with parallel.chosen_as("2"):
        found = dict(parallel.each(square_in, [(number, tmp_path) for number in range(6)]))
        assert {position: value[0] for position, value in found.items()} == {n: n * n for n in range(6)}
        assert os.getpid() not in {value[1] for value in found.values()}
        with pytest.raises(DataError, match="no square"):
            list(parallel.each(square_in, [(-1, tmp_path), (2, tmp_path)]))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(parallel, "PATIENCE", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with parallel.chosen_as(f"dask://127.0.0.1:{port}"), pytest.raises(KitError) as caught:
        list(parallel.each(square_in, [(1, Path())]))
    assert f"where: tcp://127.0.0.1:{port}" in str(caught.value)
    assert "dask scheduler" in str(caught.value)


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with parallel.chosen_as("dask://127.0.0.1:1"), pytest.raises(KitError, match=r"contest-kit\[cluster\]"):
        list(parallel.each(square_in, [(1, Path())]))


@pytest.fixture
def cluster():
    """The address of a scheduler with two workers on this machine, processes of their own."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as found:
        yield found.scheduler_address.replace("tcp://", "dask://")


@pytest.mark.slow
def test_a_cluster_of_two_workers_prepares_the_same_scans(cluster, tmp_path, monkeypatch, capsys):
    pytest.importorskip("SimpleITK")
    from kit_plugins.lung_nodules.ct import batch, preparation

    from tests.plugins.lung_nodules.contest import write_scan

    paths = [write_scan(tmp_path / "scans", uid=f"1.2.{number}") for number in range(4)]
    made = {}
    for where in ("", cluster):
        monkeypatch.setenv("KIT_CACHE", str(tmp_path / f"cache{len(where)}"))
        with parallel.chosen_as(where):
            batch.prepare_all(paths, candidates=False)
        made[where] = [preparation.cache_path(path, "volume", ()).read_bytes() for path in paths]
    assert made[""] == made[cluster]
    said = capsys.readouterr().err
    assert "working on 2 workers of tcp://" in said
    assert "on the cluster" in said


@pytest.mark.slow
def test_a_cluster_works_in_its_workers_with_this_cache_and_raises_what_they_raise(cluster, tmp_path):
    with parallel.chosen_as(cluster):
        found = dict(parallel.each(square_in, [(number, tmp_path) for number in range(6)]))
        assert {position: value[0] for position, value in found.items()} == {n: n * n for n in range(6)}
        assert os.getpid() not in {value[1] for value in found.values()}
        assert {value[2] for value in found.values()} == {os.environ["KIT_CACHE"]}
        with pytest.raises(DataError, match="no square"):
            list(parallel.each(square_in, [(-1, tmp_path), (2, tmp_path)]))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_named(tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty,
        parallel.chosen_as(empty.scheduler_address.replace("tcp://", "dask://")),
        pytest.raises(KitError, match="no workers"),
    ):
        list(parallel.each(square_in, [(1, tmp_path)]))


@pytest.mark.slow
def test_workers_that_do_not_share_the_cache_are_found_out(tmp_path, monkeypatch):
    pytest.importorskip("SimpleITK")
    from kit_plugins.lung_nodules.ct import batch

    from tests.plugins.lung_nodules.contest import write_scan

    def elsewhere(function, arguments):
        return enumerate([None] * len(arguments))

    monkeypatch.setattr(parallel, "each", elsewhere)
    with parallel.chosen_as("dask://127.0.0.1:1"), pytest.raises(DataError, match="not in the cache"):
        batch.prepare_all([write_scan(tmp_path)], candidates=False)
