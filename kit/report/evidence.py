"""A run's held-out samples with their predictions: what mistakes and a task's own figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.contract.report import Evidence
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.files import read_json
from kit.prediction import store as predictions
from kit.runs.run import Run


def gather(task: Task, run: Run) -> tuple[Evidence | None, str]:
    """Join a run's held-out predictions to the samples of its data folder.

    Returns the evidence and "", or None and the reason in words: there are no such predictions, or the data are gone,
    unreadable or changed. A report can be written without.
    """
    held = predictions.read(run.predictions, "valid")
    if held is None or not held.ids:
        return None, "The run has kept no held-out predictions."
    folder = Path(str(run.card.get("data") or ""))
    if not run.card.get("data") or not folder.exists():
        return (
            None,
            f"The data folder is gone ({run.card.get('data') or 'not recorded'}): labels and images are missing.",
        )
    try:
        found = _samples(task.reader(folder, "train"), set(held.ids))
    except Exception as error:  # whatever a plugin's reader raises, the rest of the report is worth having
        return None, f"The data in {folder} can no longer be read. {type(error).__name__}: {error}"
    missing = [name for name in held.ids if name not in found]
    if missing:
        return (
            None,
            f"The data in {folder} have changed: {len(missing):,} held-out samples are missing, first {missing[0]!r}.",
        )
    summary = _summary(run)
    samples = [found[name] for name in held.ids]
    tuned, details = summary.get("tuned") or {}, summary.get("details") or {}
    return Evidence(samples, list(held.values), dict(held.maps), tuned, details), ""


def _samples(samples: Sequence[Sample], wanted: set[str]) -> dict[str, Sample]:
    every = (samples[at] for at in range(len(samples)))
    return {sample.id: sample for sample in every if sample.id in wanted}


def _summary(run: Run) -> dict[str, Any]:
    path = run.path / "summary.json"
    found = read_json(path) if path.exists() else {}
    return found if isinstance(found, dict) else {}
