"""The ledger of scored submissions: what is recorded of each, and how it is written and read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.files import json_safe, submissions_dir
from kit.leaderboard.ledger_file import reading, writing
from kit.leaderboard.ledger_schema import COLUMNS
from kit.leaderboard.submission_files import keep

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
    """One recorded submission. ``config_json`` is the run's configuration; ``time`` is UTC, ISO 8601."""

    task: str
    metric: str
    higher_is_better: bool
    file: str
    file_sha256: str
    answers_sha256: str
    run: str | None
    config_json: str | None
    cv_mean: float | None
    cv_spread: float | None
    score: float
    interval: tuple[float, float] | None
    public_score: float
    public_interval: tuple[float, float] | None
    private_score: float | None
    time: str
    note: str | None

    @property
    def config(self) -> Mapping[str, Any] | None:
        """The configuration, or None if there is none or another tool has written something else into the cell."""
        return config_from_json(self.config_json)


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
    submission: Path | None = None,
    path: Path | None = None,
) -> None:
    """Add a scored submission to the ledger, or update its row.

    ``submission`` is the file itself; a copy is kept by its SHA-256, so that the row does not lose it when the file is
    overwritten (see :mod:`kit.leaderboard.submission_files`).

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
    ledger = path or ledger_path()
    with writing(ledger) as connection:
        if submission is not None:
            keep(submission, score.file_sha256, ledger.parent)
        connection.execute(_RECORD, row)


def entries(task: str | None = None, *, path: Path | None = None) -> list[Entry]:
    """Every recorded submission, or those of one task, oldest first; none if there is no ledger yet."""
    where = "" if task is None else "WHERE task = :task"
    query = f"SELECT {', '.join(COLUMNS[1:])} FROM submissions {where} ORDER BY time, id"  # noqa: S608 - constants
    with reading(path or ledger_path()) as connection:
        if connection is None:
            return []
        return [_entry(*cells) for cells in connection.execute(query, {"task": task})]


def public_scores(score: Score, *, path: Path | None = None) -> list[float]:
    """The public scores of the other files that are recorded for the same task, metric, direction and answers."""
    query = """
        SELECT public_score FROM submissions WHERE task = :task AND metric = :metric AND higher_is_better = :higher
        AND answers_sha256 = :answers AND file_sha256 != :file
    """
    values = {
        "task": score.task,
        "metric": score.metric,
        "higher": score.higher_is_better,
        "answers": score.answers_sha256,
        "file": score.file_sha256,
    }
    with reading(path or ledger_path()) as connection:
        return [] if connection is None else [value for (value,) in connection.execute(query, values)]


def _entry(
    task: str,
    metric: str,
    higher_is_better: int,
    file: str,
    file_sha256: str,
    answers_sha256: str,
    run: str | None,
    config: str | None,
    cv_mean: float | None,
    cv_spread: float | None,
    score: float,
    low: float | None,
    high: float | None,
    public_score: float,
    public_low: float | None,
    public_high: float | None,
    private_score: float | None,
    time: str,
    note: str | None,
) -> Entry:
    """An entry from the columns of its row, in their order."""
    return Entry(
        task=task,
        metric=metric,
        higher_is_better=bool(higher_is_better),
        file=file,
        file_sha256=file_sha256,
        answers_sha256=answers_sha256,
        run=run,
        config_json=config,
        cv_mean=cv_mean,
        cv_spread=cv_spread,
        score=score,
        interval=None if low is None or high is None else (low, high),
        public_score=public_score,
        public_interval=None if public_low is None or public_high is None else (public_low, public_high),
        private_score=private_score,
        time=time,
        note=note,
    )


def config_from_json(text: str | None) -> Mapping[str, Any] | None:
    """A configuration from its JSON text; None if there is none or it is something else."""
    try:
        value = json.loads(text or "null")
    except (TypeError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
