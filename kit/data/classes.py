"""Which class a sample belongs to, for counting, galleries and findings, and what it is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task

MOST_CLASSES = 50  # more distinct labels than this, with few samples each, are no classes


def class_of(task: Task) -> Callable[[Sample], Hashable | None]:
    """A function from a sample to its class: the task's strata, or a whole-number or text label; None: no class."""

    def from_label(sample: Sample) -> Hashable | None:
        if isinstance(sample.y, str):
            return sample.y
        return int(sample.y) if isinstance(sample.y, int | np.integer) else None

    return task.strata or from_label


def class_name(task: Task, label: Any) -> str:
    """The words for a label, or for one as a run's card keeps it (``"1"``): its name in ``classes``, else its text."""
    if isinstance(label, str) and label.isdecimal():
        label = int(label)
    named = isinstance(label, int | np.integer) and 0 <= label < len(task.classes)
    return task.classes[int(label)] if named else str(label)


def group_name(task: Task, group: Hashable) -> str:
    """The words for what :func:`class_of` returns: of a label its name; a task's own strata are no labels."""
    return str(group) if task.strata else class_name(task, group)


def class_counts(task: Task, samples: Sequence[Sample]) -> Mapping[Hashable, int]:
    """How many samples each class has, sorted by name; empty where the labels are no classes, such as free text."""
    of = class_of(task)
    counts = Counter(of(sample) for sample in samples)
    few = len(samples) // 4
    text = task.strata is None and any(isinstance(name, str) for name in counts)  # may be free text, as of a captcha
    if None in counts or len(counts) > (few if text else max(MOST_CLASSES, few)):
        return {}
    return {name: counts[name] for name in sorted(counts, key=str)}
