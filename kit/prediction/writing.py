"""Predictions written as a submission, whose rows the task's writer makes, and as masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import info
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import write_bytes
from kit.scoring.default_rows import writer_of
from kit.submission import Check, write
from kit.wording import counted


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
