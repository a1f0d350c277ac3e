"""Start the training of a run: on which device, in how many processes, in which folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from kit.console import info
from kit.contract.task import Task
from kit.data import ContestData, Fold, Loader
from kit.data.classes import class_name
from kit.device import choose
from kit.errors import KitError
from kit.runs import Run, complete_card, how_to_go_on, open_run, resumed
from kit.runs.activity import active
from kit.runs.identical import describe_identical, identical_run
from kit.runs.records import AddedPart, AddedRecord
from kit.training import launch
from kit.training.cross_validation import train_folds
from kit.training.events import Lifecycle
from kit.training.job import Job, run_of_all_processes
from kit.training.reference import advise
from kit.training.time_left import TimeLeft
from kit.wording import counted


def train(
    contest: ContestData,
    loader: Loader,
    folds: Sequence[Fold],
    skipped: Sequence[tuple[str, str]],
    life: Lifecycle,
    resume: Run | None = None,
    added: Sequence[AddedPart] = (),
) -> Run:
    """Train a new run, or one that is resumed, on every fold; ``skipped`` holds (id, reason) of samples left out.

    ``added`` describes the samples that the folds train on besides.
    """
    config = contest.config
    if launch.is_wanted(config.device):
        launch.require_devices(config.device)
        return launch.train(resumed(resume, contest) if resume else open_run(contest), config.device)
    device = choose(
        config.device, config.precision, deterministic=config.deterministic, channels_last=config.channels_last
    )
    run = run_of_all_processes(device, lambda: resumed(resume, contest) if resume else open_run(contest))
    if device.writes:
        complete_card(run, device, skipped)
        _record_added(contest.task, run, added)
        samples, parts = counted(len(loader.samples), "sample"), counted(len(folds), "fold")
        info(f"run {run.name}: model {config.model}, {samples}, {parts}, {device.words}")
    if device.writes:
        life.started(run)
        if resume is None and (earlier := identical_run(run)) is not None:
            info(describe_identical(run, earlier))
    if not device.on_gpu:
        loader.take_turns()
    job = Job(loader, device, run, life.epoch_ended, TimeLeft(len(folds), config.epochs))
    with active(run) if device.writes else nullcontext(), how_to_go_on(run):
        if config.folds == 0 and device.writes:
            advise(job)
        train_folds(job, folds)
    if device.writes:
        info(run.headline())
    return run


def _record_added(task: Task, run: Run, parts: Sequence[AddedPart]) -> None:
    """Write down the added samples; a run that is resumed must find those it began with."""
    if not parts:
        return
    before = run.added
    if before is not None and [part.digest for part in before.parts] != [part.digest for part in parts]:
        raise KitError("the added samples have changed since the run began", where=run.path, remedy="train anew")
    for part in parts:
        counts = [(class_name(task, name), count) for name, count in part.classes.items() if name]
        classes = ", ".join(f"{name}: {count:,}" for name, count in counts[:20])
        left = f"; {part.left_out:,} left out ({part.reason})" if part.left_out else ""
        info(f"{part.kind}: {counted(part.samples, 'sample')} to train on from {part.source} ({classes}){left}")
    if before is None:
        run.write_added(AddedRecord(parts=tuple(parts)))
