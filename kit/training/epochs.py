"""The end of an epoch: its mean loss, the file of all epochs, a line for the user, and the plugins' hook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.console import info
from kit.errors import KitError
from kit.runs import EpochRecord
from kit.runs.schema import as_json
from kit.training.job import Job
from kit.wording import score_text

UNTUNED = " before tuning"  # what a task tunes is fitted on the held-out samples of all folds, after the last epoch


def report_epoch(job: Job, index: int, history: Sequence[EpochRecord]) -> None:
    """Report the last epoch of the fold that is being trained; ``history`` holds all its epochs."""
    last = history[-1]
    names = sorted(path.parent.name for path in job.run.path.glob("folds/*/fold.json"))
    results = [job.run.fold_result(name) for name in names]
    job.run.write_epochs([*(record for result in results if result for record in result.history), *history])
    score = "" if last.valid_score is None else f"  held-out {job.task.metric.name} {score_text(last.valid_score)}"
    score += UNTUNED if score and job.task.tune else ""
    job.left.epoch_ended(index, last.epoch)
    left = str(job.left)
    info(
        f"fold {last.fold} epoch {last.epoch:>3}/{job.config.epochs}  loss {last.train_loss:.4f}{score}"
        f"  {last.samples_per_second:,.0f} samples/s{f'  {left}' if left else ''}"
    )
    job.on_epoch_end(index, last.epoch, as_json(last))


def mean_loss(losses: Sequence[Any], epoch: int, job: Job) -> float:
    """The mean of the losses of an epoch. Raises KitError unless it is finite."""
    mean = float(np.mean([loss.item() for loss in losses]))
    if not math.isfinite(mean):
        raise KitError(
            f"the training loss is {mean} in epoch {epoch + 1}",
            where=job.run.path,
            remedy=f"a lower learning rate: --set learning_rate={job.config.learning_rate / 3:.1g}",
        )
    return mean
