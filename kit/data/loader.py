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
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from kit.console import warn
from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.cpu import cores, environment
from kit.data.reading import Batch, Item, State, plain_items, read_batch, unreadable
from kit.data.shared_arrays import SharedArrays
from kit.errors import KitError

AHEAD = 3  # batches in preparation for each process
NICE = 5  # where there are too few cores, training goes first: its threads wait for the slowest of them
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>

Part = TypeVar("Part")
Result = TypeVar("Result")


class Loader:
    """Reads the samples of one part. Use it as a context manager: its processes end with the block.

    With ``in_turns`` the processes read some batches while the main process waits, and wait while it works on them.
    Where both want the same cores, that is faster than both at once: the threads that compute an operator together all
    wait for the one whose core a reader has taken.
    """

    def __init__(self, task: Task, samples: Sequence[Sample], config: TrainConfig) -> None:
        self.task, self.samples, self.config = task, samples, config
        self.state = (task, samples, config)
        self.pool: ProcessPoolExecutor | None = None
        self.shared: SharedArrays | None = None
        self.workers = _worker_count(config, len(samples))
        self.in_turns = False

    def take_turns(self) -> None:
        """Read in turns with a main process that computes on the CPU, if there are fewer cores than both want."""
        self.in_turns = cores.processes() == 1 and self.workers + environment.threads() > cores.logical()

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
        self.shared = SharedArrays.made(AHEAD * self.workers)
        self.pool = ProcessPoolExecutor(self.workers, context, _start_worker, (self.state, self.shared))
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
        self.shared = None

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
        return self.each(read_batch, [items[i : i + size] for i in range(0, len(items), size)])

    def each(self, work: Callable[[State, Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """Yield ``work(state, part)`` for each part in order; ``work`` is a function of a module."""
        if self.pool is None:
            yield from (work(self.state, part) for part in parts)
            return
        waiting: deque[tuple[Future[Any], int | None]] = deque()
        rest, most = iter(parts), AHEAD * self.workers
        try:
            while True:
                if not self.in_turns or not waiting:
                    for part in islice(rest, most - len(waiting)):
                        slot = self.shared.take() if self.shared else None
                        waiting.append((self.pool.submit(_work, work, part, slot), slot))
                    if self.in_turns:
                        wait([future for future, _ in waiting])
                if not waiting:
                    return
                yield self._received(*waiting.popleft())
        finally:
            for future, slot in waiting:  # nobody wants them; a slot is free when no reader writes into it
                future.cancel()
                future.add_done_callback(partial(self._release, slot))

    def _received(self, future: Future[Any], slot: int | None) -> Any:
        """The result of a future; its slot is then free."""
        try:
            result = _result(future)
            if self.shared is not None and isinstance(result, Batch):
                x, y = self.shared.get((result.x, result.y))
                return Batch(x, y, result.positions)
            return result
        finally:
            self._release(slot)

    def _release(self, slot: int | None, future: Future[Any] | None = None) -> None:
        if self.shared is not None and slot is not None:
            self.shared.release(slot)

    def unreadable(self) -> dict[int, str]:
        """Try every sample; return position -> reason for those that cannot be read."""
        items = plain_items(range(len(self.samples)))
        found = self.each(unreadable, [items[i : i + 64] for i in range(0, len(items), 64)])
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
    return 0 if samples < 64 else min(cores.each()[0], 8)


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
_SHARED: SharedArrays | None = None


def _start_worker(state: Any, shared: SharedArrays | None) -> None:
    global _STATE, _SHARED
    environment.prepare(workers=True)
    if hasattr(os, "nice"):
        os.nice(NICE)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process handles Ctrl-C and ends us
    if sys.platform == "linux":
        # A killed main process must not leave readers behind that wait for ever.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    import cv2

    cv2.setNumThreads(0)
    _STATE, _SHARED = state, shared


def _work(work: Callable[[State, Part], Result], part: Part, slot: int | None) -> Result | Batch:
    result = work(_STATE, part)
    if _SHARED is None or slot is None or not isinstance(result, Batch):
        return result
    x, y = _SHARED.put((result.x, result.y), slot)
    return Batch(x, y, result.positions)
