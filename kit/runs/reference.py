"""What a run that holds nothing out takes from an earlier run of the same model on the same samples, which did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.settings import configure
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import submissions_dir
from kit.runs.inputs import samples_digest
from kit.runs.run import Run


def find_reference(task: str, samples: str | None, model: str) -> Run | None:
    """The newest run of a model on these training samples, by their digest, that held some out."""
    for path in sorted((submissions_dir() / task).glob("*/summary.json"), reverse=True):
        other = Run(path.parent)
        try:
            same = other.card.samples == samples and not other.is_blend and other.config["model"] == model
            if same and any(fold.samples for fold in other.summary.folds):
                return other
        except (KitError, KeyError):
            continue  # a damaged run is no reference
    return None


def with_needed_epochs(contest: ContestData) -> TrainConfig:
    """The configuration of a run that may hold nothing out, with as many epochs as the folds of an earlier run needed.

    A number of epochs that differs from the model's own is what was asked for, and stays.
    """
    config, task = contest.config, contest.task
    if config.folds != 0 or config.epochs != configure(task, {"model": config.model}).epochs:
        return config
    earlier = find_reference(task.name, samples_digest(contest.samples("train")), config.model)
    needed = 0 if earlier is None else round(float(np.mean([fold.epoch for fold in earlier.summary.folds])))
    return replace(config, epochs=needed) if needed else config
