"""The test part predicted by one run or by several together: every fold of every run, averaged sample by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.loader import Loader
from kit.data.reading import read
from kit.device import choose
from kit.errors import KitError
from kit.files import write_json
from kit.prediction import engines as predict
from kit.prediction import store as predictions
from kit.prediction.store import Predictions
from kit.runs import run as runs
from kit.runs.run import Run


def predict_test(task: Task, chosen: Sequence[Run], samples: Sequence[Sample], *, tta: bool) -> list[np.ndarray]:
    """Predict the samples with every fold of every run and average; ``tta`` averages over the task's views too."""
    if tta and not task.views:
        raise KitError(f"task {task.name!r} has no views to average", remedy="leave out --tta")
    everything: list[list[np.ndarray]] = []
    for run in chosen:
        config, rows = runs.load_config(run, task), run.summary["folds"]
        with Loader(task, samples, config) as loader:
            device = choose(config.device if len(chosen) == 1 else "auto", config.precision)
            for row in rows:
                forward = predict.load(task, config, run.fold(row["fold"]), device, len(samples)).forward
                if tta:
                    forward = predict.with_views(task, forward)
                label = f"predict {run.name} fold {row['fold']}"
                everything.append(predict.predict(task, loader, samples, range(len(samples)), forward, config, label))
    return [predict.average(task, each) for each in zip(*everything, strict=True)]


def home_of(task: Task, chosen: Sequence[Run], data: Path, *, tta: bool) -> Run:
    """Where a submission lives: the run's own folder, or a new one for what several runs predict together."""
    if len(chosen) == 1:
        return chosen[0]
    blend = runs.create(task.name, "blend")
    card = runs.make_card(task, data, runs.load_config(chosen[0], task), runs.command_line())
    write_json(blend.path / "card.json", {**card, "blend": [run.name for run in chosen], "tta": tta})
    return blend


def tuned_together(task: Task, chosen: Sequence[Run]) -> Mapping[str, Any]:
    """Fitted values for the average of the runs: a single run's own, else fitted on the samples that all held out."""
    if len(chosen) == 1 or task.tune is None:
        tuned: Mapping[str, Any] = chosen[0].summary["tuned"]
        return tuned
    samples, values = held_out_together(task, chosen)
    return task.tune(samples, values, runs.load_config(chosen[0], task))


def held_out_together(task: Task, chosen: Sequence[Run]) -> tuple[list[Sample], list[np.ndarray]]:
    """The samples that all runs held out, with their averaged predictions."""
    tables = []
    for run in chosen:
        held = predictions.read(run.predictions, "valid") or Predictions([], [])
        tables.append(dict(zip(held.ids, held.values, strict=True)))
    known = {sample.id: sample for sample in read(task, Path(chosen[0].card["data"]), "train")}
    common = [name for name in tables[0] if name in known and all(name in table for table in tables)]
    if not common:
        raise KitError(
            "the runs have no held-out sample in common",
            where=", ".join(run.name for run in chosen),
            remedy="train them with the same --folds and --seed",
        )
    return [known[name] for name in common], [predict.average(task, [t[name] for t in tables]) for name in common]
