"""Maps that explain predictions in the report: of the samples that the model was surest of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.data import Fold
from kit.models.build import is_network
from kit.prediction.explaining import maps_by_id
from kit.training.job import Job

WRONG = 12  # mistakes, as many as the report shows of all folds together
RIGHT = 12  # right predictions of all classes together


def explain(job: Job, fold: Fold, layer: Any, values: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Maps by sample id: of the surest wrong predictions, and of the surest right ones of each class.

    The surest of a run are among the surest of its folds, so each fold keeps as many maps as a report shows.
    """
    if job.task.explain is None or not is_network(layer):
        return {}
    samples = [job.samples[i] for i in fold.valid]
    chosen = surest(samples, values)
    if not chosen:
        return {}
    return maps_by_id(job.task.explain, layer, job.loader, [int(fold.valid[i]) for i in chosen])


def surest(samples: Sequence[Sample], values: Sequence[np.ndarray]) -> list[int]:
    """Positions of the surest wrong classifications, then of the surest right ones, as many of each class."""
    wrong: list[tuple[float, int]] = []
    right: dict[int, list[tuple[float, int]]] = {}
    for position, (sample, value) in enumerate(zip(samples, values, strict=True)):
        if not isinstance(sample.y, int | np.integer) or value.ndim != 1:
            return []
        probabilities = value if len(value) > 1 else np.array([1 - value[0], value[0]])
        choice = int(probabilities.argmax())
        group = right.setdefault(choice, []) if choice == sample.y else wrong
        group.append((-float(probabilities[choice]), position))
    each = max(1, RIGHT // max(len(right), 1))
    kept = [*sorted(wrong)[:WRONG], *(pair for label in sorted(right) for pair in sorted(right[label])[:each])]
    return [position for _, position in kept]
