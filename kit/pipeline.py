"""The straight line: read -> split -> train -> predict -> write -> check -> score -> rank, on one screen.

Stations that need Paddle are imported when the line reaches them: reader processes are forked before it has threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kit import handin
from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.data.folds import folds
from kit.data.loader import Loader
from kit.data.reading import read, read_training
from kit.handin import Judged
from kit.prediction import store as predictions
from kit.prediction.store import Predictions
from kit.runs import run as runs
from kit.runs.run import Run
from kit.submission import expected_ids

Hear = Callable[[Run, int, int, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its folder, the submission with its verdict, and the report where one was asked for."""

    run: Run
    submission: Path
    judged: Judged
    report: Path | None = None


def run_task(task: Task, data: Path, config: TrainConfig, hear: Hear, *, tta: bool = False) -> Outcome:
    """Do everything: audit, train, predict, write, check, score where answers exist, rank, report."""
    findings = handin.audited(task, data, config)
    run = train_run(task, data, config, hear)
    handin.keep_findings(run, findings)
    outcome = predict_runs(task, [run], data, tta=tta)
    return replace(outcome, report=handin.report_run(task, run))


def train_run(task: Task, data: Path, config: TrainConfig, hear: Hear, *, resume: Run | None = None) -> Run:
    """Read, split and train; the run's folder then holds weights and held-out predictions.

    A run that is resumed must find the data it began with. Several processes started by ``paddle.distributed.launch``
    train one model together.
    """
    samples, skipped = read_training(task, data, config)
    parts = folds(samples, config, task.strata)
    with Loader(task, samples, config) as loader:
        from kit.device import choose
        from kit.training.cross_validation import train
        from kit.training.loop import Job

        device = choose(config.device, config.precision)
        run = runs.shared(device, lambda: runs.open_run(task, data, config, resume))
        if device.writes:
            runs.complete_card(run, device, skipped)
            info(
                f"run {run.name}: model {config.model}, {len(samples):,} samples, {len(parts)} fold(s), {device.words}"
            )
        train(Job(task, samples, config, device, run, loader, lambda *event: hear(run, *event)), parts)
    if device.writes:
        info(run.headline())
    return run


def predict_runs(
    task: Task,
    chosen: Sequence[Run],
    data: Path,
    *,
    tta: bool = False,
    output: Path | None = None,
    masks: Path | None = None,
) -> Outcome:
    """Predict the test part with one run or the average of several; write, check, and score where answers exist."""
    from kit.prediction.ensemble import home_of, predict_test, tuned_together

    samples = read(task, data, "test")
    tuned = tuned_together(task, chosen)
    values = predict_test(task, chosen, samples, tta=tta)
    home = home_of(task, chosen, data, tta=tta)
    predictions.write(home.predictions, "test", Predictions([sample.id for sample in samples], values))
    file = output or home.path / task.format.filename
    check = handin.write_submission(task, samples, values, tuned, expected_ids(task, data, samples), file)
    if masks is not None:
        handin.write_masks(task, samples, values, tuned, masks)
    return Outcome(home, file, handin.judge(task, home, file, check, data))


def predict_held_out(task: Task, run: Run, data: Path, output: Path | None = None) -> Path:
    """Write the training part's submission from the folds that did not see each sample."""
    samples, values, total = handin.held_out(task, run, data)
    file = output or run.path / f"oof-{task.format.filename}"
    ids = None if task.ids else [sample.id for sample in samples]
    handin.write_submission(task, samples, values, run.summary["tuned"], ids, file)
    if len(samples) < total:
        info(f"note: {len(samples):,} of {total:,} training samples were held out; --folds 5 holds out every one")
    return file
