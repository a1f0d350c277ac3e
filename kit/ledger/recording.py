"""Record what happened: a submission was scored, the contest gave a score, private scores were revealed."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.files import json_safe
from kit.ledger.author import author, host
from kit.ledger.changes import Change, apply
from kit.ledger.kept_files import keep
from kit.ledger.location import Location, files_folder, ledger_location

if TYPE_CHECKING:  # ranking must not load what scoring needs
    from kit.scoring import Score


def record(
    score: Score,
    *,
    run: str | None = None,
    config: Any = None,
    cv_mean: float | None = None,
    cv_spread: float | None = None,
    note: str | None = None,
    submission: Path | None = None,
    parents: Sequence[str] | None = None,
    command: Sequence[str] | None = None,
    path: Location | None = None,
) -> None:
    """Add a scored submission to the ledger, or update its row.

    ``submission`` is the file itself; a copy is kept by its SHA-256, so that the row does not lose it when the file is
    overwritten (see :mod:`kit.ledger.kept_files`).

    ``config`` is a mapping or a dataclass, kept as JSON; ``cv_mean`` and ``cv_spread`` are the mean and the standard
    deviation of the folds' scores; ``parents`` are the runs that a blend averages; ``command`` is that which made the
    file. The author (``KIT_AUTHOR``, git's or the account's name) and the machine are added. Recording the same file
    under the same answers again updates its row: the time, the scores and what is given now are replaced; what is not
    given stays, and so do the author and the machine. ``score`` must have its public part. Raises KitError if the
    ledger cannot be written; a damaged one is left as it is. A database that cannot be reached is a warning: the row
    waits on this machine.
    """
    if score.public is None:
        raise ValueError("score(..., parts=True) is needed to record a score")
    now = time_now()
    key = {name: getattr(score, name) for name in ("task", "metric", "file_sha256", "answers_sha256")}
    public_low, public_high = score.public_interval or (None, None)
    low, high = score.interval or (None, None)
    row = {
        **key,
        "file": score.file,
        "higher_is_better": bool(score.higher_is_better),
        "run": run,
        "config": None if config is None else json.dumps(json_safe(config), ensure_ascii=False, sort_keys=True),
        "cv_mean": _finite(cv_mean),
        "cv_spread": _finite(cv_spread),
        "public_score": float(score.public),
        "public_low": public_low,
        "public_high": public_high,
        "time": now,
        "note": note,
        "command": json.dumps(list(command)) if command else None,
        "author": author(),
        "host": host(),
        "parents": json.dumps(list(parents)) if parents else None,
    }
    private = {"score": float(score.score), "low": low, "high": high, "private_score": score.private, "time": now}
    write({"submissions": row, "private_scores": {**key, **private}}, submission, score.file_sha256, path)


def record_reveal(task: str | None, *, path: Location | None = None) -> None:
    """Count that the private scores of a task, or of every task, were shown."""
    row = {"id": secrets.token_hex(16), "task": task, "time": time_now(), "author": author(), "host": host()}
    write({"reveals": row}, path=path)


def write(
    rows: Mapping[str, Mapping[str, Any]],
    submission: Path | None = None,
    sha256: str = "",
    path: Location | None = None,
) -> None:
    """Write rows, by the names of their tables, in one transaction; ``submission`` is kept by its hash."""
    location = ledger_location() if path is None else path
    clean = {table: {name: _text(value) for name, value in row.items()} for table, row in rows.items()}
    if isinstance(location, Path):
        from kit.ledger.sqlite import writing

        with writing(location) as connection:
            if submission is not None:
                keep(submission, sha256, files_folder(location))
            apply(connection, Change(clean))
        return
    from kit.ledger import outbox

    copy = keep(submission, sha256, files_folder(location)) if submission else None
    change = Change(clean, copy.name if copy else None, copy.stat().st_size if copy else 0)
    outbox.deliver(location, outbox.put(change, location))


def time_now() -> str:
    """The time as the ledger writes it: UTC, ISO 8601."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> Any:
    """A value that every database takes: text without null characters and the bytes of names that are no text."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
