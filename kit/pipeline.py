"""The whole program on one screen: read, audit, split, train, predict, write, check, score, record, rank, report.

Stations that need Paddle are imported when they are reached: reader processes are forked before Paddle has threads.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.outcome import Outcome, submit
from kit.prediction.outputs import refuse_data_as_output, refuse_run_file_as_output, writable_folder
from kit.runs import Run, load_config, open_average
from kit.training.events import Events, Lifecycle

if TYPE_CHECKING:
    from kit.prediction.held_out import HeldOut
    from kit.submission import Check


@dataclass(frozen=True)
class Compared:
    """A model of ``kit compare``: its held-out scores, its size and what its training took."""

    model: str
    score: float | None
    spread: float | None
    details: Mapping[str, Any]
    folds: int
    epochs: int
    parameters: int | None
    seconds: float
    run: str

    @staticmethod
    def of(run: Run, model: str, seconds: float) -> Compared:
        """The row of a trained run."""
        from kit.models.size import parameter_count

        summary = run.summary
        epochs = max(fold.epoch for fold in summary.folds)
        parameters = parameter_count(run.fold(summary.folds[0].fold))
        scores = summary.mean, summary.spread, summary.details, len(summary.folds)
        return Compared(model, *scores, epochs, parameters, round(seconds, 1), run.name)


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

    with ContestData(task, data, config) as contest, Lifecycle(events) as life:
        findings = audit_contest(contest)
        require_fit(findings, remedy=f"kit audit {task.name} --data {data}")
        has_test_part = len(contest.read("test")) > 0
        if config.folds == 0 and not has_test_part:
            raise KitError("there is nothing to predict: no test part, and --folds 0 holds nothing out", where=data)
        run = _train(contest, life, resume)
        run.write_findings(findings)
        outcome = _predict(contest, [run], tta=tta) if has_test_part else _submit_held_out(contest, run)
        evidence, missing = gather(task, run, contest.samples("train"))
        return replace(outcome, report=report(task, run.path, evidence, missing=missing))


def train_run(task: Task, data: Path, config: TrainConfig, events: Events, *, resume: Run | None = None) -> Run:
    """Read, split and train; the run's folder then holds weights and held-out predictions.

    A run that is resumed must find the data it began with. Several processes started by ``paddle.distributed.launch``
    train one model together.
    """
    with ContestData(task, data, config) as contest, Lifecycle(events) as life:
        return _train(contest, life, resume)


def run_seeds(task: Task, data: Path, config: TrainConfig, events: Events, seeds: int, *, tta: bool = False) -> Outcome:
    """Do everything with the average of ``seeds`` runs, which train on the same folds from different seeds."""
    from kit.auditing import audit_contest, require_fit
    from kit.report import gather, report

    with ContestData(task, data, config) as contest:
        findings = audit_contest(contest)
        require_fit(findings, remedy=f"kit audit {task.name} --data {data}")
        contest.samples("test")
        runs = _train_seeds(contest, events, seeds)
        outcome = _predict(contest, runs, tta=tta)
        outcome.run.write_findings(findings)
        evidence, missing = gather(task, outcome.run, contest.samples("train"))
        return replace(outcome, report=report(task, outcome.run.path, evidence, missing=missing))


def train_seeds(task: Task, data: Path, config: TrainConfig, events: Events, seeds: int) -> tuple[Run, list[Run]]:
    """Train ``seeds`` runs on the same folds from different seeds; return their average and the runs."""
    with ContestData(task, data, config) as contest:
        runs = _train_seeds(contest, events, seeds)
        return _average(contest, runs, tta=False), runs


def _train_seeds(contest: ContestData, events: Events, seeds: int) -> list[Run]:
    from kit.data.folds import folds, split_seed
    from kit.training.duration import announce

    config = contest.config
    count = len(folds(contest.samples("train"), config, contest.task.strata, contest.task.split))
    told, runs = announce(contest, count, seeds, events), []
    for seed in range(config.seed, config.seed + seeds):
        own = contest.with_config(replace(config, seed=seed, split_seed=split_seed(config)))
        with own, Lifecycle(told) as life:
            runs.append(_train(own, life))
    return runs


def _average(contest: ContestData, runs: Sequence[Run], *, tta: bool) -> Run:
    """The average of several runs, with a held-out score where they allow one."""
    from kit.prediction.averages import describe_seeds, score_average

    average = open_average(contest, runs, tta=tta)
    score_average(contest, average, runs)
    info(describe_seeds(average, runs))
    return average


def compare_models(task: Task, data: Path, configs: Sequence[TrainConfig], events: Events) -> list[Compared]:
    """Train each configuration on the same samples; the best held-out score comes first."""
    if configs[0].folds == 0:
        raise KitError("models cannot be compared without held-out samples", remedy="--folds 5")
    rows = []
    with ContestData(task, data, configs[0]) as contest:
        for config in configs:
            started = time.perf_counter()
            with contest.with_config(config) as own, Lifecycle(events) as life:
                run = _train(own, life)
            rows.append(Compared.of(run, config.model, time.perf_counter() - started))
    sign = -1 if task.metric.higher_is_better else 1
    return sorted(rows, key=lambda row: (row.score is None, sign * (row.score or 0)))


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
    refuse_data_as_output(task, data, output, masks)
    refuse_run_file_as_output(output)
    with ContestData(task, data, load_config(runs[0], task)) as contest:
        return _predict(contest, runs, tta=tta, output=output, masks=masks)


def predict_held_out(task: Task, run: Run, data: Path, output: Path | None = None) -> Path:
    """Write the training part's submission from the folds that did not see each sample."""
    refuse_data_as_output(task, data, output)
    refuse_run_file_as_output(output)
    with ContestData(task, data, load_config(run, task)) as contest:
        held = _held_out(contest, run)
    return _write_held_out(task, run, held, output or writable_folder(run) / f"oof-{task.format.filename}")[0]


def _submit_held_out(contest: ContestData, run: Run) -> Outcome:
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
    from kit.prediction.writing import write_predictions

    ids = None if task.ids else [sample.id for sample in held.samples]
    return file, write_predictions(task, held.samples, held.values, run.summary.tuned, ids, file)


def _train(contest: ContestData, life: Lifecycle, resume: Run | None = None) -> Run:
    """Split the training part into folds and train each."""
    from kit.data.folds import folds

    loader, skipped = contest.training_loader()
    parts = folds(loader.samples, contest.config, contest.task.strata, contest.task.split)
    from kit.training.start import train

    return train(contest, loader, parts, skipped, life, resume)


def _predict(
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
    run = runs[0] if len(runs) == 1 else _average(contest, runs, tta=tta)
    return submit(contest, run, values, tuned, output=output, masks=masks)
