"""What a run that holds nothing out takes from an earlier run of the same model on the same samples, which did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kit.console import info, warn
from kit.errors import KitError
from kit.runs.reference import find_reference
from kit.training.job import Job
from kit.wording import counted


def advise(job: Job) -> None:
    """Tell how many epochs the folds of the earlier run needed, or that there is none.

    Raises KitError where the task fits values on held-out predictions and there is no run to take them from.
    """
    earlier = find_reference(job.run.task_name, job.run.card.samples, job.config.model)
    if earlier is None:
        if job.task.tune is not None:
            raise KitError(
                "nothing is held out, and the task fits values such as a threshold on held-out predictions",
                expected=f"an earlier run of model {job.config.model} on the same samples to take them from",
                remedy=f"kit train {job.task.name} --model {job.config.model} --folds 5 first",
            )
        warn(
            f"nothing is held out, and no run of model {job.config.model} on these samples was: the epochs are a guess"
        )
        return
    epochs = [fold.epoch for fold in earlier.summary.folds]
    if not any(epochs):  # an estimator has none
        return
    needed = f"{np.mean(epochs):.0f}" if len(set(epochs)) == 1 else f"{np.mean(epochs):.1f} on average"
    folds = counted(len(epochs), "fold")
    info(f"nothing is held out; {folds} of {earlier.name} needed {needed} epochs, this run trains {job.config.epochs}")


def tuned_elsewhere(job: Job) -> Mapping[str, Any]:
    """The values that the earlier run fitted on its held-out predictions."""
    earlier = find_reference(job.run.task_name, job.run.card.samples, job.config.model)
    return earlier.summary.tuned if earlier is not None else {}
