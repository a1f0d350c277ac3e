"""A run's held-out samples with their predictions: what mistakes and a task's own figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kit.contract.report import Evidence
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.visible import visible_folder
from kit.errors import DataError
from kit.prediction import store
from kit.prediction.held_out import held_out
from kit.runs import Run
from kit.runs.schema import as_json


def gather(task: Task, run: Run, samples: Sequence[Sample] | None = None) -> tuple[Evidence | None, str]:
    """Join a run's held-out predictions with the samples of the training part, which are read if they are not given.

    Returns the evidence and "", or None and the reason in words: there are no such predictions, or the data are gone,
    unreadable or changed. A report can be written without.
    """
    stored = store.read(run.predictions, "valid")
    if stored is None or not stored.ids:
        return None, "The run has kept no held-out predictions."
    if samples is None:
        samples, reason = training_samples(task, run)
        if samples is None:
            return None, reason
    try:
        joined = held_out(task, [run], samples)
    except DataError as error:
        return None, f"{error.message[:1].upper()}{error.message[1:]} ({run.card.data})."
    summary = run.find_summary()
    tuned, details = (summary.tuned, summary.details) if summary else ({}, {})
    epochs = [as_json(record) for record in run.epochs()]
    return Evidence(joined.samples, joined.values, joined.maps, tuned, details, epochs), ""


def training_samples(task: Task, run: Run) -> tuple[Sequence[Sample] | None, str]:
    """Read the training part of a run's data again: the samples and "", or None and the reason in words."""
    folder = Path(run.card.data)
    if not folder.exists():
        return None, f"The data folder is gone ({folder}): labels and images are missing."
    try:
        return task.reader(visible_folder(task, folder), "train"), ""
    except Exception as error:  # whatever a plugin's reader raises, the rest of the report is still written
        return None, f"The data in {folder} can no longer be read. {type(error).__name__}: {error}"
