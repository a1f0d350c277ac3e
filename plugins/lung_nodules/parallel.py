"""The same work on many scans, in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_processes(count: int, most: int = 16) -> int:
    """As many processes as there are cores for ``count`` pieces of work."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, count, most))


def in_parallel(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> Iterator[Result]:
    """Yield the results as they come; the first error ends it.

    Fresh processes (joblib's loky): a fork would break Paddle's threads, and the standard library's spawn runs the
    user's script again.
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
