"""Which class a sample belongs to, for counting, galleries and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence

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


def class_counts(task: Task, samples: Sequence[Sample]) -> Mapping[Hashable, int]:
    """How many samples each class has, sorted by name; empty where the labels are no classes, such as free text."""
    of = class_of(task)
    counts = Counter(of(sample) for sample in samples)
    few = len(samples) // 4
    text = task.strata is None and any(isinstance(name, str) for name in counts)  # may be free text, as of a captcha
    if None in counts or len(counts) > (few if text else max(MOST_CLASSES, few)):
        return {}
    return {name: counts[name] for name in sorted(counts, key=str)}
