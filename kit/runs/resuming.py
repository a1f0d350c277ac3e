"""Resume a run that was stopped: compare its data with the present ones, and say how to go on after a signal."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from kit import __version__
from kit.console import warn
from kit.cpu import cores
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.interruption import Interrupted
from kit.runs.card import current_versions, now
from kit.runs.inputs import input_files, input_filter, samples_digest
from kit.runs.opening import refuse_blend
from kit.runs.records import Resumption, RunCard
from kit.runs.run import Run
from kit.wording import listed


def resumed(run: Run, contest: ContestData) -> Run:
    """A run that is resumed. Raises KitError unless it finds the data that it began with.

    Files that are new are allowed if the samples are the same. Another version, number of threads or device is warned
    of and written on the card.
    """
    card = run.card
    refuse_blend(run)
    refuse_other_data(run, contest, remedy="train anew, without --resume")
    changes = changed_circumstances(card)
    if changes:
        warn(f"the run began under other circumstances, so its bytes may differ: {', '.join(changes)}")
        record = Resumption(time=now(), changes=tuple(changes))
        run.write_card(dataclasses.replace(card, resumed=(*(card.resumed or ()), record)))
    return run


def refuse_other_data(run: Run, contest: ContestData, remedy: str) -> None:
    """Raise KitError unless the data are those that the run began with.

    Files that are new are allowed if the samples are the same.
    """
    card = run.card
    files = input_files(contest.task, contest.folder)
    before, after = ({file.path: file.sha256 for file in each} for each in (card.inputs, files))
    read = input_filter(contest.task)  # a card of an older version lists every file of the folder
    changed = sorted(name for name in before if read(PurePath(name)) and before[name] != after.get(name))
    if card.samples is None:  # a card of an older version: new files cannot be told from those that matter
        changed += sorted(name for name in after if name not in before)
    elif not changed and card.samples != samples_digest(contest.samples("train")):
        changed = sorted(name for name in after if name not in before) or ["the order or the labels of the samples"]
    if changed:
        raise KitError(
            "the data have changed since the run began",
            found=listed(changed, 3),
            where=contest.folder,
            remedy=remedy,
        )


def changed_circumstances(card: RunCard) -> list[str]:
    """List the versions and threads that differ from when the run began, each as ``name before -> now``."""
    before: dict[str, str | None] = {**card.versions, "kit": card.kit}
    after: dict[str, str | None] = {**current_versions(), "kit": __version__}
    if cores.processes() == 1:  # those that train together divide the threads, and were started by one that compared
        before["threads"], after["threads"] = card.threads, os.environ.get("OMP_NUM_THREADS")
    return [f"{name} {before.get(name)} -> {after.get(name)}" for name in after if before.get(name) != after.get(name)]


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
