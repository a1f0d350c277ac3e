"""A contest's files as one task reads them: each part is read once, and its reader processes are started once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType

from kit.console import debug, info, status
from kit.contract.config import TrainConfig
from kit.contract.requirements import require_installed
from kit.contract.sample import Part, Sample
from kit.contract.task import Task
from kit.data.loader import Loader
from kit.data.visible import name_originals, original_names, visible_folder
from kit.errors import DataError, KitError
from kit.wording import counted


class ContestData:
    """The parts of a contest's files, handed from station to station.

    Use it as a context manager: the reader processes end with the block. Raises KitError if packages that the task
    needs are not installed.
    """

    def __init__(self, task: Task, folder: Path, config: TrainConfig) -> None:
        require_installed(task)
        self.task, self.folder, self.config = task, folder, config
        self._read: dict[Part, Sequence[Sample]] = {}
        self._loaders: dict[Part, Loader] = {}
        self._open = ExitStack()

    def __enter__(self) -> ContestData:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if isinstance(value, KitError):
            name_originals(value, self.visible, self.folder)

    @cached_property
    def visible(self) -> Path:
        """The folder that the reader is given: without the answers."""
        return visible_folder(self.task, self.folder)

    def with_config(self, config: TrainConfig) -> ContestData:
        """The same samples with another configuration; a context manager of its own."""
        other = ContestData(self.task, self.folder, config)
        other._read = self._read
        return other

    def read(self, part: Part) -> Sequence[Sample]:
        """Return what the task's reader returns for a part. It may be empty."""
        if part not in self._read:
            if not self.folder.exists():
                raise DataError("there is no such data", found=self.folder, remedy=self._show)
            status(f"reading the {part} part of {self.folder}")
            self._read[part] = self.task.reader(self.visible, part)
            debug(f"the {part} part has {counted(len(self._read[part]), 'sample')}")
        return self._read[part]

    def samples(self, part: Part) -> Sequence[Sample]:
        """The samples of a part. Raises DataError if there are none, or if training samples have no label."""
        samples = self.read(part)
        if not len(samples):
            raise DataError(f"the {part} part is empty", where=self.folder, remedy=self._show)
        bare = [sample.id for sample in samples if sample.y is None] if part == "train" else []
        if bare:
            count = counted(len(bare), "training sample has", "training samples have")
            raise DataError(f"{count} no label", found=f"first {bare[0]!r}", remedy=self._show)
        return samples

    def loader(self, part: Part) -> Loader:
        """The loader of all samples of a part. Call it before Paddle is imported: its processes are forked."""
        if part not in self._loaders:
            self._loaders[part] = self._open.enter_context(Loader(self.task, self.read(part), self.config))
        return self._loaders[part]

    def training_loader(self, added: Sequence[Sample] = ()) -> tuple[Loader, list[tuple[str, str]]]:
        """The loader of the samples to train on, then those ``added``; with ``skip_bad``, without unreadable ones.

        Returns (id, reason) of each sample that was left out, too.
        """
        samples, limit = self.samples("train"), self.config.skip_bad
        found = self.loader("train").unreadable() if limit else {}
        bad = {position: original_names(reason, self.visible, self.folder) for position, reason in found.items()}
        if not bad and not added:
            return self.loader("train"), []
        if len(bad) > limit:
            raise DataError(
                f"{counted(len(bad), 'sample')} cannot be read",
                expected=f"at most {limit} (--skip-bad)",
                found=next(iter(bad.values())),
                where=self.folder,
            )
        for reason in bad.values():
            info(f"skipped: {reason}")
        kept = [sample for position, sample in enumerate(samples) if position not in bad]
        loader = self._open.enter_context(Loader(self.task, [*kept, *added], self.config))
        return loader, [(samples[position].id, reason) for position, reason in bad.items()]

    @property
    def _show(self) -> str:
        return f"kit show {self.task.name} lists the files"
