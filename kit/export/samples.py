"""Real inputs that an exported network is compared on: those of the run's data, or of the task's own sample."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.protocols import Forward
from kit.contract.sample import Part, Sample
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.prediction.predict import predict

COMPARED = 64  # samples
BATCHES = 4
SAMPLE_SIZE = 40
SAMPLE = "sample"


@dataclass(frozen=True)
class Inputs:
    """Batches of inputs (N, ...), their samples, and where from: a folder's name, or ``sample``."""

    batches: list[Any]
    samples: list[Sample]
    source: str


class _Enough(Exception):  # noqa: N818  it ends a prediction, and is always caught
    """So many batches are enough."""


def read_inputs(task: Task, config: TrainConfig, folder: Path, eager: Forward) -> Inputs:
    """Read inputs as prediction makes them: of the test part, or of the training part where there is none.

    Where the folder is not there any more, the task writes its sample. Raises KitError if it has none.
    """
    config = dataclasses.replace(config, workers=0)
    with _folder(task, folder) as (data, source), ContestData(task, data, config) as contest:
        part: Part = "test" if len(contest.read("test")) else "train"
        loader = contest.loader(part)
        samples = [loader.samples[position] for position in range(min(COMPARED, len(contest.samples(part))))]
        batches: list[Any] = []

        def forward(batch: Any) -> np.ndarray:
            if len(batches) == BATCHES:
                raise _Enough
            batches.append(batch)
            return eager(batch)

        with suppress(_Enough):
            predict(loader, range(len(samples)), forward, "read samples")
        if not batches:
            raise KitError("the data give no input to compare the network on", where=data, remedy="--data DIR")
        return Inputs(batches, samples, source)


@contextmanager
def _folder(task: Task, folder: Path) -> Iterator[tuple[Path, str]]:
    if folder.exists():
        yield folder, folder.resolve().name
        return
    if task.sample is None:
        raise KitError(
            "the run's data are not there any more, and the task writes no sample",
            found=folder,
            remedy="name them: --data DIR",
        )
    info(f"{folder} is not there any more: the network is compared on the task's sample")
    with tempfile.TemporaryDirectory(prefix="kit-") as name:
        task.sample(Path(name), min(SAMPLE_SIZE, task.sample_size), 0)
        yield Path(name), SAMPLE
