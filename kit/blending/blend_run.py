"""A blend as a run: its held-out and test predictions, submission, score and report, from what its members keep."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from kit.blending.blend import Blended, choose_blend
from kit.blending.combinations import as_array
from kit.blending.members import predictions_of_test_part
from kit.comparison.paired import refuse_other_samples
from kit.console import info
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import write_json
from kit.outcome import Outcome, submit
from kit.prediction.averages import write_held_out
from kit.prediction.held_out import HeldOut
from kit.runs import Run, every_run, load_config
from kit.runs.opening import BLEND, blend_method, open_average

REPORT = "report.html"  # what is written last


def write_blend(
    task: Task, runs: Sequence[Run], data: Path, method: str = "greedy", *, force: bool = False
) -> tuple[Blended, Outcome | None]:
    """Choose a blend of runs, and write it as a run if it beats its best member by the nested score, or by ``force``.

    A blend of the same runs that was stopped while it was written is completed. Raises KitError for a run without
    predictions of the test part and for other data than those of the runs, and DataError for a run of another test
    part.
    """
    from kit.report import gather, report

    config = next((load_config(run, task) for run in runs if not run.is_blend), task.config)
    with ContestData(task, data, config) as contest:
        samples = contest.samples("train")
        refuse_other_samples(runs, samples, data)
        ids = [sample.id for sample in contest.samples("test")]
        tests = [predictions_of_test_part(task, run, ids) for run in runs]
        blended = choose_blend(task, runs, samples, method)
        if not blended.helps and not force:
            return blended, None
        run = _stopped(runs, method) or open_average(contest, runs, tta=False)
        write_json(run.path / BLEND, blended.as_dict())
        held = HeldOut(list(blended.samples), list(blended.values), {})
        write_held_out(contest, run, held, runs[0])
        outcome = submit(contest, run, list(blended.combination.apply(as_array(task, tests))), run.summary.tuned)
        evidence, missing = gather(task, run, samples)
        page = report(task, run.path, evidence, missing=missing, samples=samples)
        return blended, dataclasses.replace(outcome, report=page)


def _stopped(runs: Sequence[Run], method: str) -> Run | None:
    """The newest blend of these runs by this method whose writing was stopped; None if there is none."""
    names = tuple(run.name for run in runs)
    for run in reversed(every_run(runs[0].task_name)):
        try:
            if run.card.blend == names and not (run.path / REPORT).exists() and _is_by(run, method):
                info(f"goes on with {run.name}, which was stopped")
                return run
        except KitError:
            continue  # a damaged run cannot be completed
    return None


def _is_by(run: Run, method: str) -> bool:
    """Whether a blend that was begun is by this method; an average that ``kit predict`` made is by none."""
    if not (run.path / BLEND).exists():
        return not run.predictions.exists()  # stopped at the very beginning
    return blend_method(run) == method
