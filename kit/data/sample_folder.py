"""A task's small data set (``--sample``), written into a folder."""

from __future__ import annotations

from pathlib import Path

from kit.contract.task import Task
from kit.errors import KitError
from kit.files import cache_dir, new_folder


def make_sample(task: Task, folder: Path, size: int, seed: int) -> None:
    """Have the task write a sample into a new folder, which appears whole or not at all."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError("the folder is not empty", found=folder, remedy="name a new one")
    if size < 1:
        raise KitError("a sample needs at least one training sample", found=size)
    with new_folder(folder) as temporary:
        task.sample(temporary, size, seed)


def cached_sample(task: Task, size: int, seed: int) -> Path:
    """The folder of a sample in the cache, made when it is not there."""
    from kit import __version__

    folder = cache_dir() / "samples" / f"{task.name}-{size}-{seed}-{__version__}"
    if not folder.exists():
        make_sample(task, folder, size, seed)
    return folder
