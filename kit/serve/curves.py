"""Learning curves as small vector graphics in a page: numbers of a run's files, no script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kit.errors import KitError
from kit.files import submissions_dir
from kit.runs import EpochRecord, Run
from kit.runs.activity import FILE, activity

WIDTH, HEIGHT, MARGIN = 120.0, 28.0, 2.0


@dataclass(frozen=True)
class Curve:
    """A line: ``points`` for an SVG polyline in a box of 120 x 28, with its last value and a text alternative."""

    points: str
    last: float
    alt: str


@dataclass(frozen=True)
class Progress:
    """A run that is being trained now: where, how far, and its curves by name."""

    name: str
    task: str
    host: str
    fold: str | None
    epoch: int
    epochs: int | None
    curves: dict[str, Curve]


def curve(values: Sequence[float | None], name: str) -> Curve | None:
    """A line through the values that there are; None for fewer than two.

    >>> curve([0.5, None, 1.0], "score").points
    '2.0,26.0 118.0,2.0'
    """
    known = [(at, value) for at, value in enumerate(values) if value is not None and math.isfinite(value)]
    if len(known) < 2:
        return None
    low, high = min(value for _, value in known), max(value for _, value in known)
    first, last = known[0][0], known[-1][0]
    points = []
    for at, value in known:
        x = MARGIN + (WIDTH - 2 * MARGIN) * (at - first) / (last - first)
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * ((value - low) / (high - low) if high > low else 0.5)
        points.append(f"{x:.1f},{y:.1f}")
    return Curve(
        " ".join(points), known[-1][1], f"{name} over {len(known)} epochs, from {known[0][1]:.5g} to {known[-1][1]:.5g}"
    )


def sparkline(run: Run) -> Curve | None:
    """The held-out score of a run's first fold over its epochs, or the loss if it has none."""
    records = _records(run)
    fold = [record for record in records if record.fold == records[0].fold]
    return curve([r.valid_score for r in fold], "held-out score") or curve(
        [r.train_loss for r in fold], "training loss"
    )


def runs_in_progress(task: str | None = None) -> list[Progress]:
    """The runs that a process trains now, the newest first."""
    marks = sorted(submissions_dir().glob(f"{task or '*'}/*/{FILE}"), key=lambda path: path.parent.name, reverse=True)
    return [found for mark in marks if (found := _progress(Run(mark.parent))) is not None]


def _progress(run: Run) -> Progress | None:
    at = activity(run)
    if at is None:
        return None
    records = _records(run)
    last = records[-1] if records else None
    fold = [record for record in records if last and record.fold == last.fold]
    lines = {
        "training loss": curve([r.train_loss for r in fold], "training loss"),
        "held-out loss": curve([r.valid_loss for r in fold], "held-out loss"),
        "held-out score": curve([r.valid_score for r in fold], "held-out score"),
    }
    return Progress(
        name=run.name,
        task=run.path.parent.name,
        host=at.host,
        fold=last.fold if last else None,
        epoch=last.epoch if last else 0,
        epochs=_epochs(run),
        curves={name: line for name, line in lines.items() if line},
    )


def _epochs(run: Run) -> int | None:
    try:
        epochs = run.config.get("epochs")
    except KitError:
        return None
    return epochs if isinstance(epochs, int) else None


def _records(run: Run) -> list[EpochRecord]:
    """The epochs of a run; none if there are none yet or the file is damaged."""
    try:
        status = (run.path / "metrics.jsonl").stat()
        return _read(run.path, status.st_mtime_ns, status.st_size)
    except (OSError, KitError):
        return []


@lru_cache(maxsize=2000)
def _read(path: Path, time: int, size: int) -> list[EpochRecord]:
    """The epochs of a file of this time and size."""
    return Run(path).epochs()
