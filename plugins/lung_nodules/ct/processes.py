"""The same work on many scans in parallel processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def process_count(items: int, limit: int = 16) -> int:
    """Return how many processes to use for ``items`` pieces of work: one a core, at most ``limit``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, items, limit))


def run_in_processes(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> Iterator[Result]:
    """Yield the results in the order in which they are ready; the first error ends the iteration.

    The processes are started afresh (joblib's loky): a fork would break Paddle's threads, and the standard library's
    spawn runs the user's script again.
    """
    if processes == 1:
        yield from map(work, items)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    try:
        yield from Parallel(processes, batch_size=1, return_as="generator_unordered")(delayed(work)(i) for i in items)
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
