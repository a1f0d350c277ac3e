"""The whole program on one screen: read, audit, split, train, predict, write, check, score, record, rank, report.

Stations that need Paddle are imported when they are reached: reader processes are forked before Paddle has threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.outcome import Outcome, submit
from kit.prediction.ensemble import require_views
from kit.prediction.outputs import (
    refuse_data_as_output,
    refuse_run_file_as_output,
    refuse_unwritable_output,
    writable_folder,
)
from kit.runs import Run, load_config, open_average
from kit.runs.reference import with_needed_epochs
from kit.training.events import Events, Lifecycle

if TYPE_CHECKING:
    from kit.prediction.held_out import HeldOut
    from kit.submission import Check


def run_task(
    task: Task,
    data: Path,
    config: TrainConfig,
    events: Events,
    *,
    tta: bool = False,
    resume: Run | None = None,
) -> Outcome:
    """Do everything: read, audit, split, train, predict, write, check, score if there are answers, rank, report."""
    from kit.auditing import audit_contest, require_fit
    from kit.report import gather, report

    if tta:
        require_views(task)
    with ContestData(task, data, config) as contest, Lifecycle(events) as life:
        findings = audit_contest(contest)
        require_fit(findings, remedy=f"kit audit {task.name} --data {data}")
        has_test_part = len(contest.read("test")) > 0
        require_something_to_predict(contest)
        run = _train(contest, life, resume)
        run.write_findings(findings)
        outcome = predict_and_submit(contest, [run], tta=tta) if has_test_part else submit_held_out(contest, run)
        samples = contest.samples("train")
        evidence, missing = gather(task, run, samples)
        return replace(outcome, report=report(task, run.path, evidence, missing=missing, samples=samples))


def require_something_to_predict(contest: ContestData) -> None:
    """Raise KitError for a contest without a test part where nothing is held out either."""
    if contest.config.folds == 0 and not len(contest.read("test")):
        message = "there is nothing to predict: no test part, and --folds 0 holds nothing out"
        raise KitError(message, where=contest.folder)


def train_run(task: Task, data: Path, config: TrainConfig, events: Events, *, resume: Run | None = None) -> Run:
    """Read, split and train; the run's folder then holds weights and held-out predictions.

    A run that is resumed must find the data it began with. Several processes started by ``paddle.distributed.launch``
    train one model together.
    """
    with ContestData(task, data, config) as contest, Lifecycle(events) as life:
        return _train(contest, life, resume)


def average_runs(contest: ContestData, runs: Sequence[Run], *, tta: bool) -> Run:
    """The average of several runs, with a held-out score where they allow one."""
    from kit.prediction.averages import describe_seeds, score_average

    average = open_average(contest, runs, tta=tta)
    score_average(contest, average, runs)
    info(describe_seeds(average, runs))
    return average


def predict_runs(
    task: Task,
    runs: Sequence[Run],
    data: Path,
    *,
    tta: bool = False,
    output: Path | None = None,
    masks: Path | None = None,
) -> Outcome:
    """Predict the test part with one run or the average of several; write, check, and score where answers exist."""
    refuse_unwritable_output(output, masks)
    refuse_data_as_output(task, data, output, masks)
    refuse_run_file_as_output(output)
    with ContestData(task, data, load_config(runs[0], task)) as contest:
        return predict_and_submit(contest, runs, tta=tta, output=output, masks=masks)


def predict_held_out(task: Task, run: Run, data: Path, output: Path | None = None) -> Path:
    """Write the training part's submission from the folds that did not see each sample."""
    refuse_unwritable_output(output)
    refuse_data_as_output(task, data, output)
    refuse_run_file_as_output(output)
    with ContestData(task, data, load_config(run, task)) as contest:
        held = _held_out(contest, run)
    return _write_held_out(task, run, held, output or writable_folder(run) / f"oof-{task.format.filename}")[0]


def submit_held_out(contest: ContestData, run: Run) -> Outcome:
    """Submit the out-of-fold predictions of a contest without a test part: write, check, score, record, rank."""
    from kit.boards import held_out_key, record_run, standing
    from kit.scoring import out_of_fold_score

    task, held = contest.task, _held_out(contest, run)
    file, check = _write_held_out(task, run, held, run.path / task.format.filename)
    run.write_check(check)
    info("the data have no test part: the submission is the out-of-fold prediction of the training part")
    scored = out_of_fold_score(task, held.samples, held.values, run.summary.tuned, file)
    scored = replace(scored, answers_sha256=held_out_key(run))
    record_run(scored, run, file)
    rank = standing(task, scored)
    run.write_score(scored, rank, "labels")
    return Outcome(run, file, check, scored, rank)


def _held_out(contest: ContestData, run: Run) -> HeldOut:
    """The run's held-out predictions with their samples."""
    from kit.prediction.held_out import held_out

    samples = contest.samples("train")
    held = held_out(contest.task, [run], samples)
    if len(held.samples) < len(samples):
        found, count = f"{len(held.samples):,}", f"{len(samples):,}"
        info(f"note: {found} of {count} training samples were held out; --folds 5 holds out every one")
    return held


def _write_held_out(task: Task, run: Run, held: HeldOut, file: Path) -> tuple[Path, Check]:
    from kit.prediction.writing import with_ids_of, write_predictions

    ids = None if task.ids else [sample.id for sample in held.samples]
    own = with_ids_of(task, held.samples)
    return file, write_predictions(own, held.samples, held.values, run.summary.tuned, ids, file)


def _train(contest: ContestData, life: Lifecycle, resume: Run | None = None) -> Run:
    """Train a new run, or one that is resumed; on every sample, for as many epochs as the folds of an earlier run."""
    config = contest.config if resume else with_needed_epochs(contest)
    if config == contest.config:
        return _train_folds(contest, life, resume)
    with contest.with_config(config) as own:
        return _train_folds(own, life, resume)


def _train_folds(contest: ContestData, life: Lifecycle, resume: Run | None = None) -> Run:
    """Split the training part into folds and train each."""
    from kit.data.folds import folds
    from kit.training.added import added_samples, with_added

    added = added_samples(contest)
    more = [sample for each in added for sample in each.samples]
    loader, skipped = contest.training_loader(more)
    count = len(loader.samples) - len(more)
    known = loader.samples[:count] if more else loader.samples  # what a reader returns need not know slices
    parts = folds(known, contest.config, contest.task.strata, contest.task.split)
    if more:
        parts = [with_added(fold, loader.samples, count) for fold in parts]
    from kit.training.start import train

    run = train(contest, loader, parts, skipped, life, resume, [each.part for each in added])
    if more:
        _report_gain(contest, run)
    return run


def _report_gain(contest: ContestData, run: Run) -> None:
    """Print what the added samples brought."""
    from kit.comparison.additions import record_gain

    gain = record_gain(contest.task, run, contest.samples("train")) if contest.config.folds != 0 else None
    if gain is None or gain.interval is None:
        info("there is no run with the same settings and without added samples to compare with")
    else:
        low, high = gain.interval
        info(f"gain over {gain.first}: {gain.difference:+.5f} (95% interval {low:+.5f} to {high:+.5f}, {gain.test})")


def train_with(contest: ContestData, config: TrainConfig, events: Events, resume: Run | None = None) -> Run:
    """Train another configuration on the same samples."""
    with contest.with_config(config) as own, Lifecycle(events) as life:
        return _train(own, life, resume)


def predict_and_submit(
    contest: ContestData,
    runs: Sequence[Run],
    *,
    tta: bool = False,
    output: Path | None = None,
    masks: Path | None = None,
) -> Outcome:
    """Predict the test part, write the submission and check it, then score, record and rank it."""
    contest.samples("test")
    contest.loader("test")
    from kit.prediction.held_out import tuned_values
    from kit.prediction.predict import predict_test

    tuned = tuned_values(contest, runs)
    values = predict_test(contest, runs, tta=tta)
    run = runs[0] if len(runs) == 1 else average_runs(contest, runs, tta=tta)
    return submit(contest, run, values, tuned, output=output, masks=masks, tta=tta)
