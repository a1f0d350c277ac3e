"""Prepare many scans in parallel processes; each process holds one scan in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kit import console

from .detection import cached_detection, detection_path
from .preparation import cache_path, cached_volume, open_volume
from .processes import process_count, run_in_processes


def prepare_all(paths: Sequence[Path], candidates: bool, processes: int = 0) -> None:
    """Prepare every scan that is not cached, in parallel processes, and print the rate.

    Raises the DataError of the first scan that cannot be prepared; scans that are done stay cached.
    """
    work: Callable[[Path], Any] = cached_detection if candidates else cached_volume
    missing = [path for path in paths if not _target(path, candidates).exists()]
    if not missing:
        return
    start = time.perf_counter()
    processes = processes or process_count(len(missing))
    with console.progress("preparing", len(missing), "scans") as advance:
        for _ in run_in_processes(work, missing, processes):
            advance(1)
    seconds = time.perf_counter() - start
    rate = f"{len(missing) / seconds * 60:.0f} scans a minute, {processes} processes"
    console.info(f"prepared {len(missing)} scans in {seconds:.0f} s ({rate})")
    for path in missing:
        if note := open_volume(cached_volume(path)).conversion:
            console.warn(f"{path.name}: {note}")


def _target(path: Path, candidates: bool) -> Path:
    return detection_path(path) if candidates else cache_path(path, "volume", ())
