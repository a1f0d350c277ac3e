"""Predict samples with one model, and the test part with every fold of one run or of several."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.blocks.pipelining import pipelined
from kit.console import progress
from kit.contract.protocols import Forward
from kit.data.contest import ContestData
from kit.data.loader import Loader
from kit.data.reading import Batch, plain_items
from kit.errors import DataError, KitError
from kit.prediction.ensemble import average, with_views
from kit.runs.opening import load_config
from kit.runs.records import PredictionEngine
from kit.runs.run import Run


def predict(
    loader: Loader,
    positions: Sequence[int] | np.ndarray,
    forward: Forward,
    label: str = "predict",
    *,
    on_batch: Callable[[Batch], None] | None = None,
) -> list[np.ndarray]:
    """Predict the samples at these positions, in that order. Raises KitError if a prediction is NaN.

    ``on_batch`` is called with each batch before it is predicted, for a task that predicts a sample from one input.
    While a GPU computes a batch, the next one is fetched from the readers.
    """
    task, config, values = loader.task, loader.config, []
    with progress(label, len(positions), "samples") as advance:
        if task.infer is not None:
            for position in positions:
                values.append(np.asarray(task.infer(forward, loader.samples[position], config)))
                advance(1)
        else:
            for found in pipelined(forward, _inputs(loader, positions, on_batch)):
                values.extend(found)
                advance(len(found))
    for position, value in zip(positions, values, strict=True):
        if np.isnan(value).any():
            raise KitError(
                f"the model predicts NaN for sample {loader.samples[position].id!r}",
                remedy="train with a lower --set learning_rate",
            )
    return values


def _inputs(
    loader: Loader, positions: Sequence[int] | np.ndarray, on_batch: Callable[[Batch], None] | None
) -> Iterator[Any]:
    for batch in loader.batches(plain_items(positions), loader.config.batch_size):
        if on_batch:
            on_batch(batch)
        yield batch.x


def predict_test(contest: ContestData, runs: Sequence[Run], *, tta: bool) -> list[np.ndarray]:
    """Predict the test part with every fold of every run and average; ``tta`` averages over the task's views too."""
    everything: list[list[np.ndarray]] = []
    for run in runs:
        config = load_config(run, contest.task)
        if config == contest.config:
            values, engine = _predict_folds(contest.loader("test"), run, alone=len(runs) == 1, tta=tta)
        else:
            with contest.with_config(config) as other:
                values, engine = _predict_folds(other.loader("test"), run, alone=len(runs) == 1, tta=tta)
        everything += values
        if Path(run.card.data) == contest.folder.resolve() and os.access(run.path, os.W_OK):
            record_engine(run, "test part", engine)
    return [average(contest.task, each) for each in zip(*everything, strict=True)]


def record_engine(run: Run, part: str, engine: PredictionEngine | None) -> None:
    """Write on the run card what predicted a part of the data."""
    card = run.card
    if engine is not None and card.engines.get(part) != engine:
        run.write_card(dataclasses.replace(card, engines={**card.engines, part: engine}))


def _predict_folds(
    loader: Loader, run: Run, *, alone: bool, tta: bool
) -> tuple[list[list[np.ndarray]], PredictionEngine | None]:
    """The predictions of each fold of a run, and what ran the last one."""
    from kit.device import choose
    from kit.models.build import ESTIMATOR, load_model
    from kit.prediction.engines import make_forward

    task, config, count = loader.task, loader.config, len(loader.samples)
    device = choose(
        config.device if alone else "auto",
        config.precision,
        deterministic=config.deterministic,
        channels_last=config.channels_last,
    )
    found: list[list[np.ndarray]] = []
    engine: PredictionEngine | None = None
    if not run.summary.folds:
        raise DataError("summary.json names no fold", where=run.path / "summary.json")
    for fold in run.summary.folds:
        folder = run.fold(fold.fold)
        model = load_model(task, config, folder)
        forward = make_forward(task, model, device, count, folder / ESTIMATOR)
        seen = with_views(task, forward) if tta else forward
        found.append(predict(loader, range(count), seen, f"predict {run.name} fold {fold.fold}"))
        engine = forward.engine
    return found, engine
