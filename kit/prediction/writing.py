"""Predictions written as a submission, whose rows the task's writer makes, and as masks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import info
from kit.contract.format import text
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import write_bytes
from kit.scoring.default_rows import writer_of
from kit.submission import Check, write
from kit.wording import counted

WHOLE = re.compile(r"[+-]?[0-9]+")


def write_predictions(
    task: Task,
    samples: Sequence[Sample],
    values: Sequence[np.ndarray],
    tuned: Mapping[str, Any],
    ids: Sequence[str] | None,
    file: Path,
) -> Check:
    """Write the predictions of samples as a submission and return its check. See :func:`kit.submission.write`."""
    check = write(file, task.format, writer_of(task)(samples, values, tuned), ids)
    warned = f", {counted(len(check.warnings), 'warning')}" if check.warnings else ""
    info(f"wrote and checked {file}: {counted(check.rows, 'row')}, no faults{warned}")
    return check


def with_ids_of(task: Task, samples: Sequence[Sample]) -> Task:
    """The task, or where these samples have ids that its column of whole numbers cannot hold, with ids as text.

    Training samples may be named otherwise than those of the test part: by their files or their rows.
    """
    format = task.format
    if format.id is None or format.column(format.id).kind != "integer":
        return task
    odd = next((sample.id for sample in samples if not WHOLE.fullmatch(str(sample.id))), None)
    if odd is None:
        return task
    info(f"note: held-out samples have ids such as {odd!r}: {format.id} is a column of text in this file")
    columns = tuple(text(column.name) if column.name == format.id else column for column in format.columns)
    return replace(task, format=replace(format, columns=columns))


def write_masks(
    task: Task, samples: Sequence[Sample], values: Sequence[np.ndarray], tuned: Mapping[str, Any], folder: Path
) -> None:
    """Write the task's masks as PNG files, each whole or not at all."""
    import cv2

    if task.masks is None:
        raise KitError(f"task {task.name!r} has no masks to write", remedy="leave out --masks")
    for name, image in task.masks(samples, values, tuned):
        if Path(name).name != name:
            raise KitError("a mask's file name leads out of its folder", found=name)
        write_bytes(folder / name, cv2.imencode(".png", image)[1].tobytes())
