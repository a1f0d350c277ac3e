from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.cpu import cores, environment
from kit.data.loader import AHEAD, Loader
from kit.data.reading import State, plain_items
from kit.errors import KitError, SampleError


def noisy(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[np.ndarray, Any]:
    if sample.x is None:
        raise OSError("the disk is on fire")
    noise = 0 if rng is None else rng.normal(size=sample.x.shape)
    return sample.x + noise, sample.y


@pytest.fixture
def task(toy: Task) -> Task:
    return replace(toy, example=noisy)


SAMPLES = [Sample(f"s{i}", np.full(3, i, dtype=np.float32), i % 2) for i in range(100)]


def epoch_of(task: Task, samples: Sequence[Sample], workers: int, epoch: int = 0) -> np.ndarray:
    config = TrainConfig(workers=workers, seed=5)
    with Loader(task, samples, config) as loader:
        items = loader.epoch_items(np.arange(len(samples)), epoch)
        return np.concatenate([batch.x for batch in loader.batches(items, 7)])


def test_the_number_of_processes_never_changes_what_is_read(task: Task) -> None:
    alone, two = (epoch_of(task, SAMPLES, workers) for workers in (0, 2))
    np.testing.assert_array_equal(alone, two)


def test_augmentation_differs_between_epochs(task: Task) -> None:
    assert not np.array_equal(epoch_of(task, SAMPLES, 0, 0), epoch_of(task, SAMPLES, 0, 1))


def test_a_sample_drawn_twice_in_an_epoch_is_augmented_twice(task: Task) -> None:
    repeated = replace(task, sampler=lambda samples, rng, config: [0, 0])
    first, second = epoch_of(repeated, SAMPLES, 0)
    assert not np.array_equal(first, second)


def test_outside_training_nothing_is_random(task: Task) -> None:
    with Loader(task, SAMPLES, TrainConfig(workers=0)) as loader:
        (batch,) = loader.batches(plain_items([4, 2]), 8)
    np.testing.assert_array_equal(batch.x, [[4, 4, 4], [2, 2, 2]])
    assert batch.y.tolist() == [0, 0]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sample_that_cannot_be_read_is_named(task: Task, workers: int) -> None:
    samples = [*SAMPLES[:5], Sample("broken", None, 0)]
    with Loader(task, samples, TrainConfig(workers=workers)) as loader:
        with pytest.raises(SampleError, match=r"'broken'[\s\S]*the disk is on fire"):
            list(loader.batches(plain_items(range(6)), 2))
        assert list(loader.unreadable()) == [5]


def test_inputs_of_different_shapes_are_refused_with_their_shapes(task: Task) -> None:
    samples = [SAMPLES[0], Sample("long", np.zeros(4), 0)]
    with Loader(task, samples, TrainConfig(workers=0)) as loader, pytest.raises(SampleError, match="differ in shape"):
        list(loader.batches(plain_items([0, 1]), 2))


def dies(sample: Sample, rng: Any, config: Any) -> tuple[np.ndarray, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_a_reader_process_that_dies_ends_in_a_message(toy: Task) -> None:
    with (
        Loader(replace(toy, example=dies), SAMPLES, TrainConfig(workers=1)) as loader,
        pytest.raises(KitError, match="reader process died"),
    ):
        list(loader.batches(plain_items(range(4)), 2))


@pytest.mark.skipif(sys.platform != "linux", reason="readers end with their parent by a Linux call")
def test_readers_end_when_the_main_process_is_killed() -> None:
    code = """if True:
        import sys, time
        from tests.data.test_loader import SAMPLES
        from tests import toy_task
        from kit.data.loader import Loader
        from kit.data.reading import plain_items
        from kit.contract.config import TrainConfig
        with Loader(toy_task.kit_tasks()[0], SAMPLES, TrainConfig(workers=2)) as loader:
            list(loader.batches(plain_items(range(100)), 8))
            print(*loader.pool._processes, flush=True)
            time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        readers = [int(number) for number in process.stdout.readline().split()]
        assert len(readers) == 2
        for number in (process.pid, *readers):
            maps = Path(f"/proc/{number}/maps").read_text().splitlines()
            named = [line for line in maps if "/dev/shm/" in line and not line.endswith("(deleted)")]  # noqa: S108
            assert named == [], "shared memory with a name outlives a process that is killed"
        process.kill()
    deadline = time.monotonic() + 10
    while any(alive(number) for number in readers):
        assert time.monotonic() < deadline, "a reader outlived the main process"
        time.sleep(0.05)


def alive(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(24, "Too many open files")])
def test_without_room_for_processes_the_main_process_reads_and_says_so(
    task: Task, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError
) -> None:
    def refuse(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr("kit.data.loader.ProcessPoolExecutor", refuse)
    expected = epoch_of(task, SAMPLES, 0)
    np.testing.assert_array_equal(epoch_of(task, SAMPLES, 2), expected)
    assert "warning: reader processes cannot be started" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_few_processes_and_few_file_descriptors_are_enough(tmp_path: Path) -> None:
    code = """if True:
        import resource
        import numpy as np
        from tests.data.test_loader import SAMPLES
        from tests import toy_task
        from kit.data.loader import Loader
        from kit.data.reading import plain_items
        from kit.contract.config import TrainConfig
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
        with Loader(toy_task.kit_tasks()[0], SAMPLES, TrainConfig(workers=4)) as loader:
            print(sum(len(batch.x) for batch in loader.batches(plain_items(range(100)), 8)), loader.workers)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["100", "0"], done.stderr
    assert "reader processes cannot be started" in done.stderr


def _ended(state: State, part: int) -> float:
    """When a reader had read a part; the first ones take longest."""
    time.sleep(0.05 if part < 2 else 0.0)
    return time.monotonic()


@pytest.mark.parametrize("in_turns", [True, False])
def test_in_turns_a_part_is_handed_over_when_no_reader_works(toy: Task, in_turns: bool) -> None:
    parts = list(range(3 * AHEAD * 2 + 1))
    with Loader(toy, SAMPLES, TrainConfig(workers=2)) as loader:
        loader.in_turns = in_turns
        received = [(ended, time.monotonic()) for ended in loader.each(_ended, parts)]
    assert len(received) == len(parts)
    turn = AHEAD * 2
    in_order = [
        max(ended for ended, _ in received[start : start + turn]) <= received[start][1]
        for start in range(0, len(parts), turn)
    ]
    assert all(in_order) or not in_turns


def test_cores_are_shared_in_turns_where_there_are_too_few(toy: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    with Loader(toy, SAMPLES, TrainConfig(workers=2)) as loader:
        for threads, logical, processes, expected in ((2, 2, 1, True), (2, 4, 1, False), (1, 2, 2, False)):
            monkeypatch.setattr(environment, "threads", lambda threads=threads: threads)
            monkeypatch.setattr(cores, "logical", lambda logical=logical: logical)
            monkeypatch.setattr(cores, "processes", lambda processes=processes: processes)
            loader.take_turns()
            assert loader.in_turns is expected
