"""Scores that the contest itself gave: written down by hand, or read from Kaggle."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from kit.errors import KitError
from kit.ledger.author import author
from kit.ledger.entries import Entry, entry_of
from kit.ledger.location import Location, ledger_location, reading
from kit.ledger.postgres import UnreachableError
from kit.ledger.recording import write
from kit.ledger.tables import CONTEST_SCORES, SUBMISSIONS

MARK = re.compile(r"\[kit ([0-9a-f]{12})\]")
"""What ``kit submit`` adds to the note, so that a fetched score finds its file."""
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?\Z")


@dataclass(frozen=True, kw_only=True)
class ContestScore:
    """A submission to the contest. Scores are None until the contest publishes them; ``time`` is UTC, ISO 8601.

    ``reference`` is the contest's own name of it, or the file's SHA-256 where the score was written down by hand.
    """

    task: str
    reference: str
    time: str
    file: str | None = None
    file_sha256: str | None = None
    run: str | None = None
    cv_mean: float | None = None
    public_score: float | None = None
    private_score: float | None = None
    author: str | None = None
    note: str | None = None

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return self.run or self.file or self.reference


def record_contest_score(score: ContestScore, *, submission: Path | None = None, path: Location | None = None) -> None:
    """Add a score of the contest, or what is new of it: what is None now leaves what is known.

    ``submission`` is the file itself, of which a copy is kept.

    The run and its cross-validated score are found by the file's hash, if that has been recorded. Raises KitError for a
    time or a score that is none.
    """
    if not TIME.match(score.time):
        raise KitError("this is no date", expected="YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", found=score.time)
    for value in (score.public_score, score.private_score):
        if value is not None and not math.isfinite(value):
            raise KitError("this is no score", expected="a finite number", found=value)
    try:
        known = find_submission(score.task, score.file_sha256 or "", path=path)
    except UnreachableError:  # the score goes to the outbox
        known = None
    row = dict(vars(score))
    if known is not None:
        found = {"file": known.file, "file_sha256": known.file_sha256, "run": known.run, "cv_mean": known.cv_mean}
        row |= {name: value for name, value in found.items() if row[name] is None or name == "file_sha256"}
    row["author"] = score.author or (known.author if known else author())
    write({"contest_scores": row}, submission, score.file_sha256 or "", path)


def contest_scores(task: str | None = None, *, path: Location | None = None) -> list[ContestScore]:
    """The contest's scores of every task, or of one, oldest first."""
    query = select(*(CONTEST_SCORES.c[name] for name in ContestScore.__dataclass_fields__))
    query = query if task is None else query.where(CONTEST_SCORES.c.task == task)
    with reading(ledger_location() if path is None else path, CONTEST_SCORES) as connection:
        if connection is None:
            return []
        rows = connection.execute(query.order_by(CONTEST_SCORES.c.time, CONTEST_SCORES.c.id)).mappings()
        return [ContestScore(**row) for row in rows]


def find_submission(task: str, sha256: str, *, path: Location | None = None) -> Entry | None:
    """The newest recorded submission whose file's hash begins so, or None."""
    if not sha256:
        return None
    start = func.substr(SUBMISSIONS.c.file_sha256, 1, len(sha256))
    query = select(SUBMISSIONS).where(start == sha256)
    query = query.where(SUBMISSIONS.c.task == task) if task else query
    newest = query.order_by(SUBMISSIONS.c.cv_mean.is_(None), SUBMISSIONS.c.time.desc()).limit(1)
    with reading(ledger_location() if path is None else path, SUBMISSIONS) as connection:
        row = None if connection is None else connection.execute(newest).mappings().first()
        return None if row is None else entry_of(row)


def reference_of(task: str, sha256: str, *, path: Location | None = None) -> str:
    """Under which reference a score of this file is recorded; its hash if there is none yet."""
    same = [score for score in contest_scores(task, path=path) if score.file_sha256 == sha256]
    return same[0].reference if same else sha256


def marked(note: str, sha256: str) -> str:
    """A note with the start of the file's hash."""
    return f"{note} [kit {sha256[:12]}]".strip()


def sha256_in(note: str | None) -> str | None:
    """The start of a file's hash in a note that :func:`marked` wrote, or None."""
    found = MARK.search(note or "")
    return found[1] if found else None
