"""Open the folder of a new run, and read the configuration of a run as the task's own class."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence
from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.settings import check_ranges
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import DataError, KitError
from kit.runs.card import make_card
from kit.runs.inputs import samples_digest
from kit.runs.records import SkippedSample
from kit.runs.run import Run, create
from kit.runs.schema import convert, read_value
from kit.wording import listed

BLEND = "blend.json"
"""The file in which a blend keeps how its members were combined."""


def open_run(contest: ContestData) -> Run:
    """Make a new run's folder with configuration and card."""
    card = dataclasses.replace(make_card(contest), samples=samples_digest(contest.samples("train")))
    run = create(contest.task.name, contest.config.model)
    run.write_config(contest.config)
    run.write_card(card)
    return run


def open_average(contest: ContestData, runs: Sequence[Run], *, tta: bool) -> Run:
    """Make a folder for the average of several runs; its card names them."""
    digests = {run.card.samples for run in runs}
    card = dataclasses.replace(make_card(contest), samples=digests.pop() if len(digests) == 1 else None)
    average = create(contest.task.name, "blend")
    average.write_card(dataclasses.replace(card, blend=tuple(run.name for run in runs), tta=tta))
    return average


def complete_card(run: Run, device: Any, skipped: Sequence[tuple[str, str]]) -> None:
    """Add to the card what is known once training begins."""
    card = dataclasses.replace(
        run.card,
        device=device.name,
        precision=device.precision,
        processes=device.world,
        operators=device.operators,
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


def blend_method(run: Run) -> str | None:
    """How ``kit blend`` combined the run's members; None for other runs, and for a mean that ``kit predict`` made."""
    path = run.path / BLEND
    found = read_value(path) if path.exists() else None
    return str(found["method"]) if isinstance(found, dict) and "method" in found else None


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
