"""Prepare many scans in parallel processes; each process holds one scan in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kit import DataError, console, parallel

from .detection import cached_detection, detection_path
from .preparation import cache_path, cached_volume, open_volume
from .processes import process_count, run_in_processes


def prepare_all(paths: Sequence[Path], candidates: bool, processes: int = 0) -> None:
    """Prepare every scan that is not cached, in parallel processes, and print the rate.

    Raises the DataError of the first scan that cannot be prepared; scans that are done stay cached.
    """
    for _, fault in _prepared(paths, candidates, processes):
        if fault:
            raise fault


def faulty_scans(paths: Sequence[Path], candidates: bool, processes: int = 0) -> Mapping[Path, DataError]:
    """Prepare every scan that is not cached, and return the errors of those that cannot be prepared."""
    return {path: fault for path, fault in _prepared(paths, candidates, processes) if fault}


def _prepared(paths: Sequence[Path], candidates: bool, processes: int) -> Iterator[tuple[Path, DataError | None]]:
    missing = []
    for path in paths:  # wrong headers first: they are found without reading voxels
        try:
            if not _cached(path, candidates).exists():
                missing.append(path)
        except DataError as error:
            yield path, error
    if not missing:
        return
    start = time.perf_counter()
    chosen = parallel.chosen()
    processes = processes or chosen.processes or process_count(len(missing))
    work = [(path.absolute(), candidates) for path in missing]
    done = []
    with console.progress("preparing", len(missing), "scans") as advance:
        results = parallel.each(prepare, work) if chosen.scheduler else run_in_processes(prepare, work, processes)
        for position, fault in results:
            path = missing[position]
            advance(1)
            if fault is None:
                done.append(path)
            yield path, None if fault is None else _error(fault)
    _require_cached(done, candidates)
    seconds = time.perf_counter() - start
    where = "on the cluster" if chosen.scheduler else f"{processes} processes"
    rate = f"{len(missing) / seconds * 60:.0f} scans a minute, {where}"
    console.info(f"prepared {len(done)} scans in {seconds:.0f} s ({rate})")
    notes = [(path, open_volume(cached_volume(path)).conversion) for path in sorted(done)]
    converted = [(path, note) for path, note in notes if note]
    if converted:
        path, note = converted[0]
        more = f" (and {len(converted) - 1:,} more scans)" if len(converted) > 1 else ""
        console.warn(f"{path.name}{more}: {note}")


def _cached(path: Path, candidates: bool) -> Path:
    return detection_path(path) if candidates else cache_path(path, "volume", ())


def _require_cached(paths: Sequence[Path], candidates: bool) -> None:
    """Raise DataError if a scan that a worker has prepared is not in the cache that this process sees."""
    lost = [path for path in paths if not _cached(path, candidates).exists()]
    if lost:
        raise DataError(
            "a prepared scan is not in the cache",
            expected="workers that share this machine's KIT_CACHE",
            found=f"{len(lost):,} of {len(paths):,} are missing",
            where=_cached(lost[0], candidates).parent,
            remedy="set KIT_CACHE to a folder that all machines see under the same path",
        )


def prepare(path: Path, candidates: bool) -> dict[str, str | None] | None:
    """Prepare one scan. Return the parts of the DataError that it raises, or None."""
    try:
        cached_detection(path) if candidates else cached_volume(path)
    except (OSError, MemoryError) as problem:  # a full disk, a scan that vanished
        error = DataError("the scan cannot be prepared", found=str(problem) or type(problem).__name__, where=path)
    except DataError as found:
        error = found
    else:
        return None
    parts = {name: None if part is None else str(part) for name, part in error.parts.items()}
    return {"message": error.message, **parts}


def _error(fault: Mapping[str, str]) -> DataError:
    return DataError(
        fault["message"],
        expected=fault["expected"],
        found=fault["found"],
        where=fault["where"],
        remedy=fault["to do"],
    )
