"""A blend as a run: its held-out and test predictions, submission, score and report, from what its members keep."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit.blending.blend import Blended, choose_blend
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import DataError, KitError
from kit.files import write_json
from kit.outcome import Outcome, submit
from kit.prediction import store
from kit.prediction.averages import write_held_out
from kit.prediction.held_out import HeldOut
from kit.runs import Run, load_config
from kit.runs.opening import open_average

NAME = "blend.json"


def write_blend(
    task: Task, runs: Sequence[Run], data: Path, method: str = "greedy", *, force: bool = False
) -> tuple[Blended, Outcome | None]:
    """Choose a blend of runs, and write it as a run if it beats its best member by the nested score, or by ``force``.

    Raises KitError for a run without predictions of the test part, and DataError for one of another test part.
    """
    from kit.report import gather, report

    config = next((load_config(run, task) for run in runs if not run.is_blend), task.config)
    with ContestData(task, data, config) as contest:
        samples = contest.samples("train")
        ids = [sample.id for sample in contest.samples("test")]
        tests = [_test_predictions(run, ids) for run in runs]
        blended = choose_blend(task, runs, samples, method)
        if not blended.helps and not force:
            return blended, None
        run = open_average(contest, runs, tta=False)
        write_json(run.path / NAME, blended.as_dict())
        held = HeldOut(list(blended.samples), list(blended.values), {})
        write_held_out(contest, run, held, runs[0])
        outcome = submit(contest, run, list(blended.combination.apply(tests)), run.summary.tuned)
        evidence, missing = gather(task, run, samples)
        page = report(task, run.path, evidence, missing=missing, samples=samples)
        return blended, dataclasses.replace(outcome, report=page)


def _test_predictions(run: Run, ids: Sequence[str]) -> list[np.ndarray]:
    part = store.read(run.predictions, "test")
    if part is None:
        raise KitError(
            "the run has not predicted the test part",
            where=run.path,
            remedy=f"first kit predict {run.name}",
        )
    values = dict(zip(part.ids, part.values, strict=True))
    missing = [id for id in ids if id not in values]
    if missing or len(values) != len(ids):
        raise DataError(
            "the run predicted another test part",
            expected=f"{len(ids):,} samples",
            found=f"{len(values):,} samples" + (f", none for {missing[0]!r}" if missing else ""),
            where=run.path,
            remedy=f"kit predict {run.name} --data DIR",
        )
    return [values[id] for id in ids]
