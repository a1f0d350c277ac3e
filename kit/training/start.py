"""Start the training of a run: on which device, in how many processes, in which folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from kit.console import info
from kit.data import ContestData, Fold, Loader
from kit.device import choose
from kit.runs import Run, complete_card, how_to_go_on, open_run, resumed
from kit.runs.activity import active
from kit.training import launch
from kit.training.cross_validation import train_folds
from kit.training.events import Lifecycle
from kit.training.job import Job, run_of_all_processes
from kit.training.reference import advise
from kit.wording import counted


def train(
    contest: ContestData,
    loader: Loader,
    folds: Sequence[Fold],
    skipped: Sequence[tuple[str, str]],
    life: Lifecycle,
    resume: Run | None = None,
) -> Run:
    """Train a new run, or one that is resumed, on every fold; ``skipped`` holds (id, reason) of samples left out."""
    config = contest.config
    if launch.is_wanted(config.device):
        launch.require_devices(config.device)
        return launch.train(resumed(resume, contest) if resume else open_run(contest), config.device)
    device = choose(config.device, config.precision)
    run = run_of_all_processes(device, lambda: resumed(resume, contest) if resume else open_run(contest))
    if device.writes:
        complete_card(run, device, skipped)
        samples, parts = counted(len(loader.samples), "sample"), counted(len(folds), "fold")
        info(f"run {run.name}: model {config.model}, {samples}, {parts}, {device.words}")
    if device.writes:
        life.started(run)
    job = Job(loader, device, run, life.epoch_ended)
    with active(run) if device.writes else nullcontext(), how_to_go_on(run):
        if config.folds == 0 and device.writes:
            advise(job)
        train_folds(job, folds)
    if device.writes:
        info(run.headline())
    return run
