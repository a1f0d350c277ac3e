"""Train a run: fold after fold, each to its weights, its held-out predictions and their score.

Every step leaves files that are whole, and what is there is not done again: a killed run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from kit.data import Fold
from kit.device import paddle
from kit.training.batches import seed_everything
from kit.training.fitting import fit_model
from kit.training.fold_result import write_fold_result
from kit.training.job import Job
from kit.training.summary import summarize


def train_folds(job: Job, folds: Sequence[Fold]) -> None:
    """Train every fold and leave ``predictions.h5`` (held-out part) and ``summary.json`` in the run's folder."""
    for index, fold in enumerate(folds):
        if job.run.fold_result(fold.name) is None:
            _train_fold(job, index, fold)
    if job.device.writes and job.run.find_summary() is None:
        summarize(job, folds)


def _train_fold(job: Job, index: int, fold: Fold) -> None:
    folder = job.run.fold(fold.name)
    folder.mkdir(parents=True, exist_ok=True)
    # Names of parameters count from zero in every fold, so that optimizer state fits whatever the process did before.
    with paddle.utils.unique_name.guard():
        seed_everything(job.config.seed, index)
        model, progress = fit_model(job, index, fold)
    if job.device.writes:
        write_fold_result(job, fold, model, progress)
        (folder / "state.safetensors").unlink(missing_ok=True)
