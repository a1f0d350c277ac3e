"""The toy task with as many ids as the file ``count`` says, and labels from 0 to 9."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import kit
from tests import toy_task


def ids(folder: Path) -> range | list[str]:
    """The ids 1 to N, or those of the images where there are any."""
    count = folder / "count"
    return range(1, int(count.read_text()) + 1) if count.exists() else [s.id for s in toy_task.read(folder, "test")]


@kit.hookimpl
def kit_tasks() -> list[kit.Task]:
    """Return the task."""
    form = kit.Format(columns=(kit.integer("id", 1), kit.integer("label", 0, 9)), id="id")
    config = kit.TrainConfig(epochs=1, learning_rate=0.05)
    return [replace(toy_task.kit_tasks()[0], name="rows", ids=ids, format=form, config=config)]
