"""Averages of predictions: over folds and runs, and over the views of test-time augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.contract.protocols import Forward
from kit.contract.task import Task
from kit.errors import KitError
from kit.prediction.resolution import at_one_resolution


def average(task: Task, values: Sequence[np.ndarray]) -> np.ndarray:
    """One sample's predictions over models, folds or views."""
    if len(values) == 1:
        return values[0]
    if task.average is not None:
        return task.average(values)
    found = at_one_resolution(values)
    return np.asarray(np.mean(np.stack(found), axis=0, dtype=np.float64), dtype=found[0].dtype)


def require_views(task: Task) -> None:
    """Raise KitError if the task has no views."""
    if not task.views:
        raise KitError(f"task {task.name!r} has no views to average", remedy="leave out --tta")


def with_views(task: Task, forward: Forward) -> Forward:
    """Average the plain prediction with those of the task's views. Raises KitError if the task has none."""
    require_views(task)

    def averaged(batch: Any) -> np.ndarray:
        seen = [forward(batch)]
        for view in task.views:
            changed = view.apply(batch)
            prediction = forward(np.ascontiguousarray(changed) if isinstance(changed, np.ndarray) else changed)
            seen.append(view.undo(prediction) if view.undo else prediction)
        return np.stack([average(task, [views[i] for views in seen]) for i in range(len(seen[0]))])

    return averaged
