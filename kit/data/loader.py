"""Batches for training and prediction, made by reader processes while the model works on the one before.

What an item holds depends on (seed, epoch, sample id, occurrence) alone, so the number of processes never changes a
result and no generator's state need be saved.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle  # asks whether a task can be sent to a spawned process; reads nothing
import signal
import sys
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from kit.console import warn
from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.cpu import cores, environment
from kit.data.inputs import default_input, shape_of, stack
from kit.errors import KitError, SampleError
from kit.files import is_path

AHEAD = 3  # batches in preparation for each process
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>

State = tuple[Task, Sequence[Sample], TrainConfig]
Part = TypeVar("Part")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Item:
    """One sample to read. ``draw`` seeds its augmentation; None: as it is, without randomness."""

    position: int
    draw: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Batch:
    """Inputs, labels (N, ...) or a tuple of such arrays or None, and the samples' positions (N,).

    Inputs are an array (N, ...), texts (N,), a table of N rows, or a tuple or a dictionary of such batches.
    """

    x: Any
    y: Any
    positions: np.ndarray


def plain_items(positions: Sequence[int] | np.ndarray) -> list[Item]:
    """Items without randomness, in this order."""
    return [Item(int(position)) for position in positions]


def read_example(task: Task, sample: Sample, rng: np.random.Generator | None, config: TrainConfig) -> tuple[Any, Any]:
    """Read one example; any failure becomes a SampleError that names the sample."""
    try:
        if task.example is not None:
            return task.example(sample, rng, config)
        return default_input(sample.x), sample.y
    except SampleError:
        raise
    except KitError as error:
        raise SampleError(f"sample {sample.id!r} cannot be read: {error}") from error
    except Exception as error:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame else ""
        where = str(sample.x) if is_path(sample.x) else None
        raise SampleError(
            f"sample {sample.id!r} cannot be read", found=f"{type(error).__name__}: {error}{place}", where=where
        ) from error


class Loader:
    """Reads the samples of one part. Use it as a context manager: its processes end with the block."""

    def __init__(self, task: Task, samples: Sequence[Sample], config: TrainConfig) -> None:
        self.task, self.samples, self.config = task, samples, config
        self.state = (task, samples, config)
        self.pool: ProcessPoolExecutor | None = None
        self.workers = _worker_count(config, len(samples))

    def __enter__(self) -> Loader:
        context = _context(self.state) if self.workers else None
        if context is None:
            self.workers = 0
            return self
        try:
            self._start(context)
        except (OSError, RuntimeError, ImportError, NotImplementedError) as error:
            # No shared memory for semaphores, or no room for another file descriptor, process or thread.
            self._stop()
            self.workers = 0
            warn(f"reader processes cannot be started, so samples are read by the main process ({error})")
        return self

    def _start(self, context: Any) -> None:
        """Start the processes now, before Paddle has threads that a fork would not copy."""
        self.pool = ProcessPoolExecutor(self.workers, context, _start_worker, (self.state,))
        for future in [self.pool.submit(os.getpid) for _ in range(self.workers)]:
            _result(future)

    def _stop(self) -> None:
        pool, self.pool = self.pool, None
        if pool is not None:
            with suppress(Exception):  # a pool of which only a part was started
                pool.shutdown(wait=False, cancel_futures=True)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def epoch_items(self, train: np.ndarray, epoch: int) -> list[Item]:
        """The items that an epoch shows, in order; ``train`` holds the positions that may be drawn."""
        rng = np.random.default_rng([self.config.seed, epoch])
        if self.task.sampler is None:
            order: Sequence[int] = rng.permutation(len(train)).tolist()
        else:
            order = self.task.sampler([self.samples[i] for i in train], rng, self.config)
        seen: Counter[int] = Counter()
        items = []
        for choice in order:
            position = int(train[choice])
            key = zlib.crc32(self.samples[position].id.encode())
            items.append(Item(position, (self.config.seed, epoch, key, seen[position])))
            seen[position] += 1
        return items

    def batches(self, items: Sequence[Item], size: int) -> Iterator[Batch]:
        """Yield the items in order, ``size`` at a time (the last batch may be smaller)."""
        return self.each(_read, [items[i : i + size] for i in range(0, len(items), size)])

    def each(self, work: Callable[[State, Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """Yield ``work(state, part)`` for each part in order; ``work`` is a function of a module."""
        if self.pool is None:
            yield from (work(self.state, part) for part in parts)
            return
        waiting: deque[Future[Result]] = deque()
        for part in parts:
            waiting.append(self.pool.submit(_work, work, part))
            if len(waiting) >= AHEAD * self.workers:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())

    def unreadable(self) -> dict[int, str]:
        """Try every sample; return position -> reason for those that cannot be read."""
        items = plain_items(range(len(self.samples)))
        found = self.each(_try, [items[i : i + 64] for i in range(0, len(items), 64)])
        return {position: reason for part in found for position, reason in part.items()}


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool:
        raise KitError(
            "a reader process died", expected="enough memory for the readers", remedy="fewer processes: --set workers=1"
        ) from None


def _worker_count(config: TrainConfig, samples: int) -> int:
    if config.workers >= 0:
        return config.workers
    return 0 if samples < 64 else min(cores.usable()[0], 8)


def _context(state: Any) -> Any:
    """How to start processes: fork where it is safe and cheap, else spawn when the task can be sent, else None."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    try:
        pickle.dumps(state)
    except Exception:
        return None
    return multiprocessing.get_context("spawn")


_STATE: Any = None


def _start_worker(state: Any) -> None:
    global _STATE
    environment.prepare(workers=True)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process handles Ctrl-C and ends us
    if sys.platform == "linux":
        # A killed main process must not leave readers behind that wait for ever.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    import cv2

    cv2.setNumThreads(0)
    _STATE = state


def _work(work: Callable[[State, Part], Result], part: Part) -> Result:
    return work(_STATE, part)


def _read(state: State, items: Sequence[Item]) -> Batch:
    task, samples, config = state
    pairs = []
    for item in items:
        rng = None if item.draw is None else np.random.default_rng(item.draw)
        pairs.append(read_example(task, samples[item.position], rng, config))
    positions = np.array([item.position for item in items], dtype=np.int64)
    shapes = {shape_of(x) for x, _ in pairs}
    if len(shapes) > 1:
        ids = [samples[item.position].id for item in items]
        raise SampleError(
            "inputs of one batch differ in shape", found=shapes, where=f"samples {ids[0]!r} to {ids[-1]!r}"
        )
    x, y = stack([x for x, _ in pairs]), _stack([y for _, y in pairs])
    if task.batch is not None and items[0].draw is not None:
        # No two batches of an epoch begin with the same item, and no item is seeded by its draw and another number.
        x, y = task.batch(x, y, np.random.default_rng([*items[0].draw, len(items)]), config)
    return Batch(x, y, positions)


def _try(state: State, items: Sequence[Item]) -> dict[int, str]:
    task, samples, config = state
    bad = {}
    for item in items:
        try:
            read_example(task, samples[item.position], None, config)
        except SampleError as error:
            bad[item.position] = str(error)
    return bad


def _stack(labels: Sequence[Any]) -> Any:
    if labels[0] is None:
        return None
    if isinstance(labels[0], tuple):
        return tuple(_stack(part) for part in zip(*labels, strict=True))
    arrays = [np.asarray(label) for label in labels]
    longest = max(arrays, key=np.ndim)
    if longest.ndim == 1 and any(array.ndim == 0 for array in arrays):  # classes beside probabilities of each class
        classes = np.eye(len(longest), dtype=np.float32)
        arrays = [classes[int(array)] if array.ndim == 0 else array for array in arrays]
    return np.stack(arrays)
