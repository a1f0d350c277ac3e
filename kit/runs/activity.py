"""Whether a run is being trained now, and by which process: ``running.json``, which goes when training ends."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kit.errors import DataError
from kit.files.writing import HOST
from kit.processes import is_alive
from kit.runs.run import Run
from kit.runs.schema import read_record, write_record

FILE = "running.json"
QUIET = 2 * 60 * 60  # seconds without an epoch after which a run on another machine counts as stopped


@dataclass(frozen=True, kw_only=True)
class Activity:
    """The process that trains a run. ``machine`` tells machines of one name apart."""

    host: str
    machine: str
    pid: int


@contextmanager
def active(run: Run) -> Iterator[None]:
    """Mark the run as being trained within the block. A killed process leaves the mark behind."""
    path = run.path / FILE
    write_record(path, Activity(host=platform.node(), machine=HOST, pid=os.getpid()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def activity(run: Run) -> Activity | None:
    """The process that trains the run now, or None; of another machine that is a guess from the time of its files."""
    path = run.path / FILE
    try:
        found = read_record(path, Activity) if path.exists() else None
    except DataError:  # it goes in this moment, or is damaged
        return None
    if found is None:
        return None
    if found.machine == HOST and sys.platform != "win32":
        return found if is_alive(found.pid) else None
    newest = max(each.stat().st_mtime for each in (path, run.path / "metrics.jsonl") if each.exists())
    return found if time.time() - newest < QUIET else None
