"""A task's small data set (``--sample``), written into a folder."""

from __future__ import annotations

from pathlib import Path

from kit.contract.requirements import require_installed
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import cache_dir, new_folder


def make_sample(task: Task, folder: Path, size: int, seed: int) -> None:
    """Write the task's sample into a new folder, which appears whole or not at all."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError("the folder is not empty", found=folder, remedy="name a new one")
    _write(task, folder, size, seed, keep_existing=False)


def cached_sample(task: Task, size: int, seed: int) -> Path:
    """Return the folder of a sample in the cache; write it if it is not there.

    If two processes write it at once, the first one's is kept: both have the same bytes.
    """
    from kit import __version__

    folder = cache_dir() / "samples" / f"{task.name}-{size}-{seed}-{__version__}"
    if not folder.exists():
        _write(task, folder, size, seed, keep_existing=True)
    return folder


def _write(task: Task, folder: Path, size: int, seed: int, *, keep_existing: bool) -> None:
    if size < 1:
        raise KitError("a sample needs at least one training sample", found=size)
    require_installed(task)
    if task.sample is None:
        raise KitError(
            f"task {task.name!r} has no sample maker",
            expected="the contest's files",
            remedy=f"kit run {task.name} --data DIR",
        )
    with new_folder(folder, keep_existing=keep_existing) as temporary:
        task.sample(temporary, size, seed)
