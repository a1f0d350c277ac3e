"""A contest's files as samples: read, checked for labels, unreadable ones passed over where the user allows it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.sample import Part, Sample
from kit.contract.task import Task
from kit.data.loader import Loader
from kit.errors import DataError, KitError
from kit.files import cache_dir, new_folder


def read(task: Task, data: Path, part: Part) -> Sequence[Sample]:
    """Read one part of the contest's files, which must hold something; training samples must have labels."""
    card = f"kit show {task.name}"
    if not data.exists():
        raise DataError("there is no such data", found=data, remedy=f"{card} lists the files")
    samples = task.reader(data, part)
    if not len(samples):
        raise DataError(f"the {part} part is empty", where=data, remedy=f"{card} lists the files")
    bare = [sample.id for sample in samples if sample.y is None] if part == "train" else []
    if bare:
        raise DataError(f"{len(bare):,} training samples have no label", found=f"first {bare[0]!r}", remedy=card)
    return samples


def read_training(task: Task, data: Path, config: TrainConfig) -> tuple[Sequence[Sample], list[dict[str, str]]]:
    """Read the training part; with ``skip_bad``, pass over unreadable samples and list each with its reason."""
    samples = read(task, data, "train")
    if not config.skip_bad:
        return samples, []
    with Loader(task, samples, config) as loader:
        bad = loader.unreadable()
    if len(bad) > config.skip_bad:
        raise DataError(
            f"{len(bad):,} samples cannot be read",
            expected=f"at most {config.skip_bad} (--skip-bad)",
            found=next(iter(bad.values())),
            where=data,
        )
    for reason in bad.values():
        info(f"passed over: {reason}")
    kept = [sample for position, sample in enumerate(samples) if position not in bad]
    return kept, [{"id": samples[position].id, "reason": reason} for position, reason in bad.items()]


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
