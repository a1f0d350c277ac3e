"""Held-out predictions joined with their samples: for the out-of-fold submission, tuning and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import DataError, KitError
from kit.prediction import store
from kit.prediction.ensemble import average
from kit.runs.opening import load_config
from kit.runs.run import Run
from kit.wording import counted


@dataclass(frozen=True)
class HeldOut:
    """Held-out samples, the prediction of each, and maps of some by sample id."""

    samples: list[Sample]
    values: list[np.ndarray]
    maps: Mapping[str, np.ndarray]


def held_out(task: Task, runs: Sequence[Run], samples: Sequence[Sample]) -> HeldOut:
    """Join the held-out predictions of a run, or their average over several, with the samples of the training part.

    Several runs are joined on the samples that all of them held out. Raises KitError where there are none, and
    DataError where a sample of the run is not in the data.
    """
    parts = [store.read(run.predictions, "valid") for run in runs]
    tables = [dict(zip(part.ids, part.values, strict=True)) if part else {} for part in parts]
    common = [name for name in tables[0] if all(name in table for table in tables)]
    if not common:
        raise _nothing_held_out(task, runs)
    found = by_id(samples, set(common))
    missing = [name for name in common if name not in found]
    if missing:
        raise DataError(
            f"the data have changed: {counted(len(missing), 'held-out sample is', 'held-out samples are')} missing, "
            f"first {missing[0]!r}",
            where=runs[0].path,
        )
    maps = dict(parts[0].maps) if parts[0] and len(runs) == 1 else {}
    values = [average(task, [table[name] for table in tables]) for name in common]
    return HeldOut([found[name] for name in common], values, maps)


def tuned_values(contest: ContestData, runs: Sequence[Run]) -> Mapping[str, Any]:
    """Fitted values for the average of the runs: a single run's own, else fitted on the samples that all held out."""
    task = contest.task
    if len(runs) == 1 or task.tune is None:
        return runs[0].summary.tuned
    joined = held_out(task, runs, contest.samples("train"))
    return task.tune(joined.samples, joined.values, load_config(runs[0], task))


def by_id(samples: Sequence[Sample], wanted: set[str]) -> dict[str, Sample]:
    """The wanted samples by their ids, in the order of the samples."""
    every = (samples[position] for position in range(len(samples)))
    return {sample.id: sample for sample in every if sample.id in wanted}


def _nothing_held_out(task: Task, runs: Sequence[Run]) -> KitError:
    if len(runs) == 1:
        return KitError(
            "the run has no held-out predictions", where=runs[0].path, remedy=f"kit train {task.name} --folds 5"
        )
    return KitError(
        "the runs have no held-out sample in common",
        where=", ".join(run.name for run in runs),
        remedy="train them with the same --folds and --seed",
    )
