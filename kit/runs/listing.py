"""Runs in a table: what each is, how far it came, and its held-out score."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kit.errors import DataError
from kit.runs.activity import activity
from kit.runs.finding import every_run
from kit.runs.run import Run
from kit.runs.schema import convert, read_value

State = Literal["training", "stopped", "trained", "submitted", "scored", "damaged"]
STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """A run of ``kit runs``. ``model`` is ``blend`` for an average of runs; ``created`` is UTC, ISO 8601.

    ``state``: ``training`` (a process is at it), ``stopped`` (``--resume`` goes on), ``trained``, ``submitted`` (there
    is a submission), ``scored``, ``damaged`` (one of its files cannot be read).
    """

    run: str
    task: str
    state: State
    model: str | None
    metric: str | None
    score: float | None
    spread: float | None
    created: str | None
    age_seconds: float | None


def list_runs(task: str | None = None) -> list[RunLine]:
    """Every run, or those of one task, the newest first."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return [_line(run, now) for run in reversed(every_run(task))]


def _line(run: Run, now: datetime.datetime) -> RunLine:
    values: dict[str, Any] = dict.fromkeys(("model", "metric", "score", "spread"))
    try:
        values |= _content(run)
        state = run_state(run)
    except (DataError, OSError):
        state = "damaged"
    created = _created(run)
    return RunLine(
        run=run.name,
        task=run.path.parent.name,
        state=state,
        created=created.isoformat(timespec="seconds") if created else None,
        age_seconds=(now - created).total_seconds() if created else None,
        **values,
    )


def _content(run: Run) -> dict[str, Any]:
    """The model and the held-out score. The card, which may list thousands of files, is not read."""
    path = run.path / "config.json"
    model = convert(str, read_value(path).get("model"), path, "model") if path.exists() else "blend"
    summary = run.find_summary()
    if summary is None:
        return {"model": model}
    return {"model": model, "metric": summary.metric, "score": summary.mean, "spread": summary.spread}


def run_state(run: Run) -> State:
    """How far a run has come."""
    if activity(run):
        return "training"
    files: Sequence[tuple[str, State]] = (
        ("score.json", "scored"),
        ("check.json", "submitted"),
        ("summary.json", "trained"),
    )
    return next((state for name, state in files if (run.path / name).exists()), "stopped")


def _created(run: Run) -> datetime.datetime | None:
    """When the run began, by its name."""
    try:
        stamp = datetime.datetime.strptime("-".join(run.name.split("-")[:2]), STAMP)
    except ValueError:
        return None
    return stamp.replace(tzinfo=datetime.timezone.utc)
