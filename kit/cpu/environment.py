"""Prepare the process before Paddle is imported: MKL's code path, the number of threads and the memory allocator.

Only the standard library is imported, since every command runs this and must start at once. A variable that the user
has set is not changed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from kit.cpu import allocator, cores

OURS = "KIT_CPU_SET"
"""Environment variable that lists the variables set here, so that a child process does not take them for the user's."""


@dataclass(frozen=True)
class Setting:
    """One decision: what was set, to which value, and why."""

    name: str
    value: str
    why: str


_settings: dict[str, Setting] = {}


def prepare(workers: bool = False) -> None:
    """Set MKL's path, OpenMP's threads and malloc's thresholds for this process; a second call changes nothing.

    ``workers`` is for data-loading processes: one thread each, since the training process uses the cores. Where Paddle
    is already imported, the values that it read at its import stay in effect; :func:`describe` then says so.
    """
    if "paddle" in sys.modules:
        if not _settings:
            _record("paddle", "imported before", "it keeps the settings of its import; import kit first for full speed")
        if workers:
            _one_thread()
    for name, value, why in _variables(workers):
        _set(name, value, why)
    for name, value, why in allocator.keep_freed_memory():
        _record(name, value, why)


def describe() -> list[tuple[str, str, str]]:
    """Return (name, value, why) of every decision of :func:`prepare`, in order."""
    return [(setting.name, setting.value, setting.why) for setting in _settings.values()]


def threads() -> int:
    """Return how many threads compute: ``OMP_NUM_THREADS``, of a list for nested regions the first number."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) else cores.usable()[0]


def _variables(workers: bool) -> list[tuple[str, str, str]]:
    count, why = (1, "a worker process") if workers else cores.each()
    wanted = [("OMP_NUM_THREADS", str(count), why)]
    if cores.amd_with_avx2():
        wanted.append(("MKL_DEBUG_CPU_TYPE", "5", "Paddle's MKL takes a slow generic path on AMD without it"))
    wanted.append(("KMP_BLOCKTIME", "30", "milliseconds that idle threads spin before they leave a core"))
    wanted.append(("MKL_DYNAMIC", "FALSE", "always the same number of threads, so the same seed gives the same bytes"))
    return wanted


def _set(name: str, value: str, why: str) -> None:
    ours = os.environ.get(OURS, "").split(",")
    present = os.environ.get(name)
    if present is not None and name not in ours:
        _record(name, present, "set by you")
        return
    os.environ[name] = value
    if name not in ours:
        os.environ[OURS] = ",".join([*filter(None, ours), name])
    _record(name, value, why)


def _record(name: str, value: str, why: str) -> None:
    _settings[name] = Setting(name, value, why)


def _one_thread() -> None:
    """Limit a forked worker to one thread: OpenMP read its variable before the fork."""
    from paddle.base import core

    core.set_num_threads(1)
