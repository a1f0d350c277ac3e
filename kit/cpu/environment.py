"""Prepare the process before Paddle is imported: processor paths, threads and memory, and only where it helps.

Standard library only, since every command passes here and must start at once. What the user has set stays as it is.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from kit.cpu import allocator, cores

OURS = "KIT_CPU_SET"
"""Environment variable that names the variables set here, so that a child process can tell them from the user's own."""


@dataclass(frozen=True)
class Setting:
    """One thing the process was given: its name, its value and why it has it."""

    name: str
    value: str
    why: str


_settings: dict[str, Setting] = {}


def prepare(workers: bool = False) -> None:
    """Set MKL's path, OpenMP's threads and malloc's thresholds for this process; a second call changes nothing.

    ``workers`` is for reader processes: one thread each, since the training process has the cores. A process in which
    Paddle is already imported keeps what Paddle read at its import; :func:`describe` then says so.
    """
    if "paddle" in sys.modules:
        if not _settings:
            _record("paddle", "imported before", "what it read at its import stays; import kit first for full speed")
        if workers:
            _one_thread()
    for name, value, why in _variables(workers):
        _set(name, value, why)
    for name, value, why in allocator.keep_freed_memory():
        _record(name, value, why)


def describe() -> list[tuple[str, str, str]]:
    """Return (name, value, why) of everything :func:`prepare` decided, in its order."""
    return [(setting.name, setting.value, setting.why) for setting in _settings.values()]


def _variables(workers: bool) -> list[tuple[str, str, str]]:
    count, why = (1, "a worker process") if workers else cores.usable()
    wanted = [("OMP_NUM_THREADS", str(count), why)]
    if cores.amd_with_avx2():
        wanted.append(("MKL_DEBUG_CPU_TYPE", "5", "Paddle's MKL takes a slow generic path on AMD without it"))
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
    """Hold a forked worker to one thread: OpenMP has read its variable long before the fork."""
    from paddle.base import core

    core.set_num_threads(1)
