"""Averages of predictions: over folds and runs, and over the views of test-time augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.blocks.pipelining import Waiting, start
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


class ViewsForward:
    """A forward that averages the plain prediction with those of the task's views."""

    def __init__(self, task: Task, forward: Forward) -> None:
        self._task, self._forward = task, forward

    def __call__(self, batch: Any, /) -> np.ndarray:
        """Predict a batch (N, ...)."""
        return self.start(batch)()

    def start(self, batch: Any, /) -> Waiting:
        """Start the prediction of a batch (N, ...) in every view."""
        plain = start(self._forward, batch)
        started = [(view, start(self._forward, _contiguous(view.apply(batch)))) for view in self._task.views]

        def wait() -> np.ndarray:
            found = [(view, waiting()) for view, waiting in started]
            seen = [plain(), *(view.undo(values) if view.undo else values for view, values in found)]
            return np.stack([average(self._task, [values[i] for values in seen]) for i in range(len(seen[0]))])

        return wait


def with_views(task: Task, forward: Forward) -> ViewsForward:
    """Average the plain prediction with those of the task's views. Raises KitError if the task has none."""
    require_views(task)
    return ViewsForward(task, forward)


def _contiguous(batch: Any) -> Any:
    return np.ascontiguousarray(batch) if isinstance(batch, np.ndarray) else batch
