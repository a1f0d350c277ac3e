"""What the members of a blend have predicted: finite numbers, and the same test part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit.contract.task import Task
from kit.errors import DataError, KitError
from kit.prediction import store
from kit.runs import Run


def require_finite(task: Task, run: Run, ids: Sequence[str], values: Sequence[np.ndarray]) -> None:
    """Raise DataError for a run that predicts an infinite number, unless the task averages by itself."""
    if task.average is not None:
        return
    for name, value in zip(ids, values, strict=True):
        if not np.isfinite(value).all():
            raise DataError(
                f"the run's prediction of sample {name!r} is not finite",
                where=run.path,
                remedy="leave the run out of the blend",
            )


def predictions_of_test_part(task: Task, run: Run, ids: Sequence[str]) -> list[np.ndarray]:
    """What a run predicted for these samples of the test part, in their order.

    Raises KitError where it has predicted none, and DataError for another test part or infinite numbers.
    """
    part = store.read(run.predictions, "test")
    if part is None:
        raise KitError(
            "the run has not predicted the test part",
            where=run.path,
            remedy=f"first kit predict {run.name}",
        )
    values = dict(zip(part.ids, part.values, strict=True))
    missing = [id for id in ids if id not in values]
    if missing or len(values) != len(ids):
        raise DataError(
            "the run predicted another test part",
            expected=f"{len(ids):,} samples",
            found=f"{len(values):,} samples" + (f", none for {missing[0]!r}" if missing else ""),
            where=run.path,
            remedy=f"kit predict {run.name} --data DIR",
        )
    found = [values[id] for id in ids]
    require_finite(task, run, ids, found)
    return found
