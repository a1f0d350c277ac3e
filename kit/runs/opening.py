"""Open a run's folder: a new one, or one that is resumed; and a run's configuration as the task's own class."""

from __future__ import annotations

import dataclasses
import os
import typing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from kit import __version__
from kit.console import warn
from kit.contract.config import TrainConfig
from kit.contract.settings import check_ranges
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import DataError, KitError
from kit.files.system_files import is_system_file
from kit.interruption import Interrupted
from kit.runs.card import current_versions, make_card, now
from kit.runs.inputs import input_files, samples_digest
from kit.runs.records import InputFile, Resumption, RunCard, SkippedSample
from kit.runs.run import Run, create
from kit.runs.schema import convert
from kit.wording import listed


def open_run(contest: ContestData) -> Run:
    """Make a new run's folder with configuration and card."""
    card = dataclasses.replace(make_card(contest), samples=samples_digest(contest.samples("train")))
    run = create(contest.task.name, contest.config.model)
    run.write_config(contest.config)
    run.write_card(card)
    return run


def open_average(contest: ContestData, runs: Sequence[Run], *, tta: bool) -> Run:
    """Make a folder for the average of several runs; its card names them."""
    card = make_card(contest)
    average = create(contest.task.name, "blend")
    average.write_card(dataclasses.replace(card, blend=tuple(run.name for run in runs), tta=tta))
    return average


def resumed(run: Run, contest: ContestData) -> Run:
    """A run that is resumed. Raises KitError unless it finds the data that it began with.

    Files that are new are allowed if the samples are the same. Another version, number of threads or device is warned
    of and written on the card.
    """
    card = run.card
    if run.is_blend:
        raise KitError(f"run {run.name} is an average of runs, which is not trained", remedy="name one of its runs")
    before, after = ({file.path: file.sha256 for file in files} for files in (card.inputs, _inputs(contest)))
    changed = sorted(name for name in before if not _is_ignored(name) and before[name] != after.get(name))
    if card.samples is None:  # a card of an older version: new files cannot be told from those that matter
        changed += sorted(name for name in after if name not in before)
    elif not changed and card.samples != samples_digest(contest.samples("train")):
        changed = sorted(name for name in after if name not in before) or ["the order or the labels of the samples"]
    if changed:
        raise KitError(
            "the data have changed since the run began",
            found=listed(changed, 3),
            where=contest.folder,
            remedy="train anew, without --resume",
        )
    changes = _changes(card)
    if changes:
        warn(f"the run began under other circumstances, so its bytes may differ: {', '.join(changes)}")
        record = Resumption(time=now(), changes=tuple(changes))
        run.write_card(dataclasses.replace(card, resumed=(*(card.resumed or ()), record)))
    return run


def _inputs(contest: ContestData) -> tuple[InputFile, ...]:
    return input_files(contest.task, contest.folder)


def _is_ignored(name: str) -> bool:
    """Whether a card of an older version lists a file that no task reads."""
    path = PurePath(name)
    return is_system_file(path) or any(part.startswith(".") for part in path.parts)


def _changes(card: RunCard) -> list[str]:
    """What differs from when the run began: versions and threads, each as ``name before -> now``."""
    before = {**card.versions, "kit": card.kit, "threads": card.threads}
    after = {**current_versions(), "kit": __version__, "threads": os.environ.get("OMP_NUM_THREADS")}
    return [f"{name} {before.get(name)} -> {after.get(name)}" for name in after if before.get(name) != after.get(name)]


def complete_card(run: Run, device: Any, skipped: Sequence[tuple[str, str]]) -> None:
    """Add to the card what is known once training begins."""
    card = dataclasses.replace(
        run.card,
        device=device.name,
        precision=device.precision,
        processes=device.world,
        skipped=tuple(SkippedSample(id=id, reason=reason) for id, reason in skipped),
    )
    run.write_card(card)


def refuse_blend(run: Run) -> None:
    """Raise KitError for an average of runs, which holds no model."""
    if run.is_blend:
        raise KitError(
            f"{run.name} is an average of runs and holds no model",
            found=listed(run.card.blend or ()),
            where=run.path,
            remedy="name the runs that it was made from",
        )


def load_config(run: Run, task: Task) -> TrainConfig:
    """The run's configuration as the task's own class. Raises KitError for an unknown, mistyped or impossible one."""
    path = run.path / "config.json"
    if not path.exists():
        refuse_blend(run)
    values = run.config
    hints = typing.get_type_hints(type(task.config))
    unknown = sorted(set(values) - {item.name for item in dataclasses.fields(task.config)})
    if unknown:
        raise KitError(
            "the run was made by another version of its plugin", found=f"settings {listed(unknown)}", where=run.path
        )
    config = dataclasses.replace(
        task.config, **{name: convert(hints[name], value, path, name) for name, value in values.items()}
    )
    try:
        check_ranges(config)
        task.model(config.model)
    except KitError as error:
        raise DataError(f"{path.name} is damaged: {error.message}", found=error.parts["found"], where=path) from None
    return config


@contextmanager
def how_to_go_on(run: Run) -> Iterator[None]:
    """Add to an interruption of the block after which epoch it came and the command that goes on."""
    try:
        yield
    except Interrupted as stop:
        epochs = run.epochs()
        folds = len({record.fold for record in epochs})
        fold = f" of fold {epochs[-1].fold}" if folds > 1 else ""
        reached = f"after epoch {epochs[-1].epoch}{fold}" if epochs else "in the first epoch"
        stop.message = f"stopped {reached}; go on: kit run --resume {run.name}"
        raise
