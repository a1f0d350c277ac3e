"""The ledger of scored submissions: what is recorded of each, and how it is written and read."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.files import json_safe, submissions_dir
from kit.leaderboard.ledger_file import (
    create_if_new,
    is_ledger,
    ledger_errors,
    open_to_read,
    open_to_write,
    transaction,
)

if TYPE_CHECKING:  # ranking must not load what scoring needs
    from kit.scoring import Score

HELD_OUT = "held-out:"
"""Without answers, ``answers_sha256`` is this prefix and a hash of the training data."""

# The same file under the same answers keeps one row: new values replace old ones, and absent ones leave them.
_RECORD = """
INSERT INTO submissions (task, metric, higher_is_better, file, file_sha256, answers_sha256, run, config, cv_mean,
    cv_spread, score, low, high, public_score, public_low, public_high, private_score, time, note)
VALUES (:task, :metric, :higher_is_better, :file, :file_sha256, :answers_sha256, :run, :config, :cv_mean,
    :cv_spread, :score, :low, :high, :public_score, :public_low, :public_high, :private_score, :time, :note)
ON CONFLICT (task, metric, file_sha256, answers_sha256) DO UPDATE SET
    higher_is_better = excluded.higher_is_better, file = excluded.file, time = excluded.time, score = excluded.score,
    public_score = excluded.public_score, private_score = excluded.private_score,
    low = coalesce(excluded.low, low), high = coalesce(excluded.high, high),
    public_low = coalesce(excluded.public_low, public_low), public_high = coalesce(excluded.public_high, public_high),
    run = coalesce(excluded.run, run), config = coalesce(excluded.config, config), note = coalesce(excluded.note, note),
    cv_mean = coalesce(excluded.cv_mean, cv_mean), cv_spread = coalesce(excluded.cv_spread, cv_spread)
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One recorded submission. ``config`` is the run's, as a mapping; ``time`` is UTC, ISO 8601."""

    task: str
    metric: str
    higher_is_better: bool
    file: str
    file_sha256: str
    answers_sha256: str
    run: str | None
    config: Mapping[str, Any] | None
    cv_mean: float | None
    cv_spread: float | None
    score: float
    interval: tuple[float, float] | None
    public_score: float
    public_interval: tuple[float, float] | None
    private_score: float | None
    time: str
    note: str | None


def ledger_path() -> Path:
    """The ledger's path."""
    return submissions_dir() / "leaderboard.db"


def run_of(task: str, file: Path) -> str | None:
    """The name of the run in whose folder a submission is, or None for a file outside of the task's runs."""
    try:
        parts = file.resolve().relative_to((submissions_dir() / task).resolve()).parts
    except ValueError:
        return None
    return parts[0] if len(parts) > 1 else None


def record(
    score: Score,
    *,
    run: str | None = None,
    config: Any = None,
    cv_mean: float | None = None,
    cv_spread: float | None = None,
    note: str | None = None,
    path: Path | None = None,
) -> None:
    """Add a scored submission to the ledger, or update its row.

    ``config`` is a mapping or a dataclass, kept as JSON; ``cv_mean`` and ``cv_spread`` are the mean and the standard
    deviation of the folds' scores. Recording the same file under the same answers again updates its row: the time, the
    scores and what is given now are replaced; run, config, note and interval stay if they are not given. ``score`` must
    have its public part. Raises KitError if the ledger cannot be written; a damaged one is left as it is.
    """
    if score.public is None:
        raise ValueError("score(..., parts=True) is needed to record a score")
    row = {
        **{name: getattr(score, name) for name in ("task", "metric", "file", "file_sha256", "answers_sha256", "score")},
        "file": score.file.encode("utf-8", "replace").decode(),  # a file name may hold bytes that are no text
        "higher_is_better": int(score.higher_is_better),
        "run": run,
        "config": None if config is None else json.dumps(json_safe(config), ensure_ascii=False, sort_keys=True),
        "cv_mean": _finite(cv_mean),
        "cv_spread": _finite(cv_spread),
        "public_score": score.public,
        "private_score": score.private,
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "note": note,
    }
    row |= dict(zip(("low", "high"), score.interval or (None, None), strict=True))
    row |= dict(zip(("public_low", "public_high"), score.public_interval or (None, None), strict=True))
    file = path or ledger_path()
    with ledger_errors(file), closing(open_to_write(file)) as connection, transaction(connection):
        create_if_new(connection, file)
        connection.execute(_RECORD, row)


def entries(task: str | None = None, *, path: Path | None = None) -> list[Entry]:
    """Every recorded submission, or those of one task, oldest first; none if there is no ledger yet."""
    file = path or ledger_path()
    if not file.exists():
        return []
    with ledger_errors(file), closing(open_to_read(file)) as connection:
        # One read transaction: a ledger that another process creates now is seen empty or whole, never half made.
        connection.execute("BEGIN")
        if not is_ledger(connection, file):
            return []
        connection.row_factory = sqlite3.Row
        where = "" if task is None else "WHERE task = :task"
        query = f"SELECT * FROM submissions {where} ORDER BY time, id"  # noqa: S608 - both parts are constants
        return [_entry(row) for row in connection.execute(query, {"task": task})]


def _entry(row: sqlite3.Row) -> Entry:
    cells = dict(row)
    cells.pop("id")
    for name, low, high in (("interval", "low", "high"), ("public_interval", "public_low", "public_high")):
        ends = (cells.pop(low), cells.pop(high))
        cells[name] = None if None in ends else ends
    cells["higher_is_better"] = bool(cells["higher_is_better"])
    cells["config"] = _mapping(cells["config"])
    return Entry(**cells)


def _mapping(text: str | None) -> Mapping[str, Any] | None:
    """The config, or None if another tool has written something else into the cell."""
    try:
        value = json.loads(text or "null")
    except (TypeError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
