"""Maps that explain the predictions of chosen held-out samples, from the weights of a trained run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from kit.contract.protocols import Explain
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.loader import Loader
from kit.data.reading import plain_items
from kit.prediction import store
from kit.runs.opening import load_config
from kit.runs.run import Run


def explain_samples(task: Task, run: Run, samples: Sequence[Sample]) -> dict[str, np.ndarray]:
    """What ``Task.explain`` returns for held-out samples of a run, by id, each from the fold that held it out.

    Empty for a task without ``explain`` and for models that are no networks. Raises KitError for a run whose weights
    cannot be read.
    """
    held = store.read(run.predictions, "valid")
    if task.explain is None or held is None or not samples:
        return {}
    owners = np.zeros(len(held.ids), int) if held.folds is None else held.folds
    fold_of = dict(zip(held.ids, owners.tolist(), strict=True))
    found: dict[str, np.ndarray] = {}
    for number, fold in enumerate(run.summary.folds):
        own = [sample for sample in samples if fold_of.get(sample.id) == number]
        if own:
            found.update(_of_fold(task, run, fold.fold, own))
    return found


def _of_fold(task: Task, run: Run, fold: str, samples: Sequence[Sample]) -> dict[str, np.ndarray]:
    from kit.models.build import is_network, load_model

    config = dataclasses.replace(load_config(run, task), workers=0)
    layer = load_model(task, config, run.fold(fold))
    if not is_network(layer) or task.explain is None:
        return {}
    with Loader(task, samples, config) as loader:
        return maps_by_id(task.explain, layer, loader, range(len(samples)))


def maps_by_id(explain: Explain, layer: Any, loader: Loader, positions: Sequence[int]) -> dict[str, np.ndarray]:
    """What ``Task.explain`` returns for the samples at these positions of a loader, by id."""
    from kit.device import paddle

    layer.eval()
    batch = next(loader.batches(plain_items(positions), len(positions)))
    with paddle.no_grad():
        maps = explain(layer, batch.x)
    return {loader.samples[i].id: np.asarray(one) for i, one in zip(positions, maps, strict=True)}
