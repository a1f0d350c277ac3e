"""What every fold of a run shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.model import Objective
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.loader import Loader
from kit.device import Device
from kit.models.objective import objective_of
from kit.runs import Run
from kit.training.time_left import TimeLeft

OnEpochEnd = Callable[[int, int, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Job:
    """A training: its samples and settings (the loader's), its device and its run.

    ``on_epoch_end(fold, epoch, metrics)`` is called after each epoch, with the number of the fold;
    ``left`` says how long all folds will still take.
    """

    loader: Loader
    device: Device
    run: Run
    on_epoch_end: OnEpochEnd
    left: TimeLeft = field(default_factory=lambda: TimeLeft(1, 0))

    @property
    def task(self) -> Task:
        """The task."""
        return self.loader.task

    @property
    def objective(self) -> Objective:
        """The loss and the activation."""
        return objective_of(self.task)

    @property
    def samples(self) -> Sequence[Sample]:
        """The samples of the training part."""
        return self.loader.samples

    @property
    def config(self) -> TrainConfig:
        """The configuration."""
        return self.loader.config


def run_of_all_processes(device: Device, opened: Callable[[], Run]) -> Run:
    """The run that rank 0 opens, in every process."""
    return Run(Path(device.broadcast_text(str(opened().path) if device.writes else "")))
