"""Maps that explain predictions in the report: of the samples that the model was surest of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.data import Fold, plain_items
from kit.device import paddle
from kit.models.build import is_network
from kit.training.job import Job


def explain(job: Job, fold: Fold, layer: Any, values: Sequence[np.ndarray], limit: int) -> dict[str, np.ndarray]:
    """At most ``limit`` maps by sample id: half of them wrong predictions, half right ones, the surest first."""
    if job.task.explain is None or not is_network(layer):
        return {}
    samples = [job.samples[i] for i in fold.valid]
    wrong, right = _surest(samples, values)
    chosen = [*wrong[: limit // 2], *right[: limit // 2]]
    if not chosen:
        return {}
    layer.eval()
    batch = next(job.loader.batches(plain_items([int(fold.valid[i]) for i in chosen]), len(chosen)))
    with paddle.no_grad():
        maps = job.task.explain(layer, batch.x)
    return {samples[i].id: np.asarray(m) for i, m in zip(chosen, maps, strict=True)}


def _surest(samples: Sequence[Sample], values: Sequence[np.ndarray]) -> tuple[list[int], list[int]]:
    """Positions of wrong and of right classifications, the most confident first."""
    ranked: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    for position, (sample, value) in enumerate(zip(samples, values, strict=True)):
        if not isinstance(sample.y, int | np.integer) or value.ndim != 1:
            return [], []
        probabilities = value if len(value) > 1 else np.array([1 - value[0], value[0]])
        choice = int(probabilities.argmax())
        ranked[choice == sample.y].append((-float(probabilities[choice]), position))
    return [i for _, i in sorted(ranked[0])], [i for _, i in sorted(ranked[1])]
