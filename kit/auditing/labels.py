"""Findings about the labels of the training part: missing and non-finite ones, and how the classes are spread."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np

from kit.auditing.statistics import PartStatistics, SampleStatistics
from kit.contract.config import TrainConfig
from kit.contract.report import Finding
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.classes import MOST_CLASSES, class_counts, group_name
from kit.wording import counted, listed

IMBALANCED = 10  # times as many samples in the largest class as in the smallest


def label_findings(task: Task, train: PartStatistics) -> Iterator[Finding]:
    """Training samples without a label, with a NaN or infinite one, or with a class below 0."""
    pairs = [(s, found) for s, found in zip(train.samples, train.statistics, strict=True) if found.readable]
    missing = [sample.id for sample, found in pairs if _label(sample, found) is None]
    if missing:
        message = f"{counted(len(missing), 'sample')} without a label: {listed(missing)}"
        yield Finding("error", "missing label", "train", message, "the training part needs a label for each sample")
    non_finite = [sample.id for sample, found in pairs if _is_nan(sample.y) or _is_nan(found.label)]
    if non_finite:
        message = f"{counted(len(non_finite), 'label')} with NaN or infinity: {listed(non_finite)}"
        yield Finding("error", "non-finite label", "train", message, "repair or leave out these samples")
    numbers = [(sample.id, int(sample.y)) for sample, _ in pairs if isinstance(sample.y, int | np.integer)]
    negative = [f"{id} ({label})" for id, label in numbers if label < 0]
    if negative and isinstance(task.objective, str):
        message = f"{counted(len(negative), 'class label')} below 0: {listed(negative)}"
        yield Finding("error", "label range", "train", message, "number the classes from 0")


def _label(sample: Sample, found: SampleStatistics) -> Any:
    return found.label if sample.y is None else sample.y


def _is_nan(label: Any) -> bool:
    return isinstance(label, float | np.floating) and not np.isfinite(label)


def class_findings(task: Task, train: PartStatistics, config: TrainConfig) -> Iterator[Finding]:
    """Class counts, and classes that are alone, rare, absent or far larger than others."""
    counts = class_counts(task, train.samples)
    if not counts:
        return
    names = list(counts)
    table = ", ".join(f"{group_name(task, name)}: {counts[name]:,}" for name in names[:MOST_CLASSES])
    yield Finding("note", "class counts", "train", f"{counted(len(counts), 'class', 'classes')}; {table}")
    if len(counts) == 1:
        yield Finding(
            "error", "one class", "train", f"every label is {group_name(task, names[0])!r}", "a model needs two classes"
        )
        return
    yield from _rare(task, counts, config)
    ratio = max(counts.values()) / min(counts.values())
    if ratio >= IMBALANCED:
        message = f"the largest class has {ratio:,.0f} times the samples of the smallest"
        yield Finding("note", "imbalance", "train", message, "look at each class's score, not at accuracy alone")
    if not task.strata:
        yield from _absent(task, counts)


def _rare(task: Task, counts: Mapping[Hashable, int], config: TrainConfig) -> Iterator[Finding]:
    """Classes with fewer samples than there are folds (or parts of the size of the one held-out part)."""
    folds = config.folds if isinstance(config.folds, int) else 2
    parts = folds if folds > 1 else max(2, round(1 / config.valid_fraction))
    rare = [f"{group_name(task, name)} ({n})" for name, n in counts.items() if n < parts]
    if rare and folds > 1:
        message = f"classes with fewer samples than the {parts} folds: {listed(rare)}"
        yield Finding("warning", "rare class", "train", message, "some held-out parts will lack them: use fewer folds")
    elif rare:
        message = f"classes with fewer than {parts} samples: {listed(rare)}"
        yield Finding("warning", "rare class", "train", message, "the held-out part may lack them")


def _absent(task: Task, counts: Mapping[Hashable, int]) -> Iterator[Finding]:
    """Whole numbers below the largest class that no sample has as its class."""
    numbers = [name for name in counts if isinstance(name, int)]
    if len(numbers) < len(counts) or min(numbers) < 0:
        return
    absent = sorted(set(range(max(numbers))) - set(numbers))
    if absent:
        message = f"classes without any sample: {listed([group_name(task, label) for label in absent])}"
        yield Finding("warning", "absent class", "train", message, "a model cannot learn a class without samples")
