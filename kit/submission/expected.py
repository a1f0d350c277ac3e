"""The ids that a task's submission must answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kit.contract.sample import Sample
from kit.contract.task import Task


def expected_ids(task: Task, data: Path, samples: Sequence[Sample] | None = None) -> Sequence[str]:
    """The ids of the test part in the contest's order, from the contest's files alone (the answers are not read).

    ``samples`` are the test part where it has been read already.
    """
    if task.ids is not None:
        return [str(id) for id in task.ids(data)]
    return [str(sample.id) for sample in (task.reader(data, "test") if samples is None else samples)]
