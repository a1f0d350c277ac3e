"""The input files of a run and their hashes, which a resumed run compares. Each content is hashed once.

Files that no task reads are left out: hidden ones, those of operating systems and notebooks, the kit's own folders, and
those whose ending is not among the endings of ``Task.files``. A hash is kept in the cache with the file's size and
times, so that a large folder is not read again for every run.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

from kit.console import progress
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import DataError
from kit.files import cache_dir, sha256, submissions_dir, write_json
from kit.files.system_files import is_system_file
from kit.runs.records import InputFile
from kit.runs.schema import read_value

SUFFIX = re.compile(r"\.\w+$")
RECENT = 2e9  # nanoseconds: a file that was just written may change again within the clock's resolution
SHOWN_FROM = 100  # files from which the progress is shown


def input_files(task: Task, data: Path) -> tuple[InputFile, ...]:
    """Path, size and SHA-256 of every input file, in order of the paths."""
    root, files = _root_and_files(task, data)
    known = _Hashes(root)
    found = []
    with progress("hash", len(files), "files", shown=len(files) >= SHOWN_FROM) as advance:
        for path in files:
            name = path.relative_to(root).as_posix()
            found.append(InputFile(path=name, bytes=path.stat().st_size, sha256=known.sha256(name, path)))
            advance(1)
    known.save()
    return tuple(found)


def input_sizes(task: Task, data: Path) -> dict[str, int]:
    """Size of every input file by its path."""
    root, files = _root_and_files(task, data)
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in files}


def _root_and_files(task: Task, data: Path) -> tuple[Path, list[Path]]:
    if data.is_file():
        return data.parent, [data]
    return data, sorted(_files(data, input_filter(task)))


def samples_digest(samples: Sequence[Sample]) -> str:
    """The SHA-256 of the ids, groups and labels of the samples in order: a new file that matters changes it."""
    digest = hashlib.sha256()
    for position in range(len(samples)):
        sample = samples[position]
        label = sample.y if isinstance(sample.y, str | int | float) else None
        digest.update(repr((sample.id, sample.group, label)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def input_filter(task: Task) -> Callable[[PurePath], bool]:
    """Whether a file, by its path in the data folder, may be one that the task reads."""
    endings = _endings(task)

    def is_input(path: PurePath) -> bool:
        hidden = any(part.startswith(".") for part in path.parts)
        return not (hidden or is_system_file(path)) and (not endings or path.suffix.lower() in endings)

    return is_input


def _endings(task: Task) -> set[str]:
    """The endings of the task's files; none if a pattern has no ending, and then every file counts."""
    patterns = [pattern.strip() for patterns in task.files for pattern in patterns.split(",")]
    endings = [SUFFIX.search(pattern) for pattern in patterns if not pattern.endswith("/")]
    if not endings or None in endings:
        return set()
    return {ending[0].lower() for ending in endings if ending}


def _files(data: Path, is_input: Callable[[PurePath], bool]) -> Iterator[Path]:
    own = {folder.absolute() for folder in (submissions_dir(), cache_dir())}
    for folder, folders, names in os.walk(data):
        here = Path(folder)
        folders[:] = [n for n in folders if not n.startswith(".") and (here / n).absolute() not in own]
        for name in names:
            path = here / name
            if is_input(path.relative_to(data)) and path.is_file():
                yield path


class _Hashes:
    """Hashes of the files of one folder, kept in the cache."""

    def __init__(self, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:32]
        self.path = cache_dir() / "hashes" / f"{name}.json"
        self.before = self._read()
        self.now: dict[str, list[Any]] = {}

    def sha256(self, name: str, path: Path) -> str:
        """The hash of a file; its content is read if its size or one of its times has changed."""
        status = path.stat()
        times = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        row = self.before.get(name)
        digest = row[3] if isinstance(row, list) and row[:3] == times and isinstance(row[-1], str) else sha256(path)
        if time.time_ns() - max(times[1:]) > RECENT:
            self.now[name] = [*times, digest]
        return digest

    def save(self) -> None:
        """Keep the hashes for the next run, if the cache can be written."""
        if self.now != self.before:
            try:
                write_json(self.path, self.now)
            except (OSError, ValueError):
                return

    def _read(self) -> dict[str, Any]:
        try:
            found = read_value(self.path) if self.path.exists() else {}
        except (DataError, OSError):
            return {}
        return found if isinstance(found, dict) else {}
