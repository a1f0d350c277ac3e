"""Read recorded submissions from the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, or_, select

from kit.files import submissions_dir
from kit.ledger.location import Location, ledger_location, reading
from kit.ledger.tables import KEY, PRIVATE_SCORES, REVEALS, SUBMISSIONS

if TYPE_CHECKING:  # ranking must not load what scoring needs
    from kit.scoring import Score

HELD_OUT = "held-out:"
"""Without answers, ``answers_sha256`` is this prefix and a hash of the training data."""

GROUP = ("task", "metric", "higher_is_better", "answers_sha256")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One recorded submission. ``config_json`` is the run's configuration; ``time`` is UTC, ISO 8601.

    ``score`` and ``interval`` (on all answers) and ``private_score`` are None unless private scores were asked for.
    """

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
    public_score: float
    public_interval: tuple[float, float] | None
    time: str
    note: str | None
    command: tuple[str, ...]
    author: str | None
    host: str | None
    parents: tuple[str, ...]
    score: float | None = None
    interval: tuple[float, float] | None = None
    private_score: float | None = None

    @property
    def config(self) -> Mapping[str, Any] | None:
        """The configuration, or None if there is none or another tool has written something else into the cell."""
        value = _from_json(self.config_json)
        return value if isinstance(value, dict) else None


@dataclass(frozen=True)
class Group:
    """Submissions that can be compared: of one task, metric, direction and set of answers; ``count`` of them."""

    task: str
    metric: str
    higher_is_better: bool
    answers_sha256: str
    count: int


def run_of(task: str, file: Path) -> str | None:
    """The name of the run in whose folder a submission is, or None for a file outside of the task's runs."""
    try:
        parts = file.resolve().relative_to((submissions_dir() / task).resolve()).parts
    except ValueError:
        return None
    return parts[0] if len(parts) > 1 else None


def entries(task: str | None = None, *, private: bool = False, path: Location | None = None) -> list[Entry]:
    """Every recorded submission, or those of one task, oldest first; none if there is no ledger yet."""
    query = _query(private).order_by(SUBMISSIONS.c.time, SUBMISSIONS.c.id)
    with reading(_location(path)) as connection:
        if connection is None:
            return []
        rows = connection.execute(query if task is None else query.where(SUBMISSIONS.c.task == task))
        return [entry_of(row) for row in rows.mappings()]


def groups(connection: Connection, task: str | None = None) -> list[Group]:
    """The groups of comparable submissions, in order of their names."""
    columns = [SUBMISSIONS.c[name] for name in GROUP]
    query = select(*columns, func.count()).group_by(*columns)
    rows: Iterable[Any] = connection.execute(query if task is None else query.where(SUBMISSIONS.c.task == task))
    return sorted((Group(*row) for row in rows), key=lambda group: [str(part) for part in vars(group).values()])


def leading(
    connection: Connection, group: Group, limit: int | None, *, private: bool = False, author: str | None = None
) -> list[Entry]:
    """The best ``limit`` submissions of a group, by the private score if it is asked for, then by the public one.

    With ``author`` only those of one author.
    """

    def best_first(column: Any) -> Any:
        return column.desc() if group.higher_is_better else column.asc()

    by = [best_first(PRIVATE_SCORES.c.private_score).nulls_last()] if private else []
    query = _query(private).where(*_of(group)).order_by(*by, best_first(SUBMISSIONS.c.public_score))
    query = query if author is None else query.where(SUBMISSIONS.c.author == author)
    rows = connection.execute(query.order_by(SUBMISSIONS.c.time, SUBMISSIONS.c.id).limit(limit))
    return [entry_of(row) for row in rows.mappings()]


def count_of(connection: Connection, group: Group, author: str) -> int:
    """How many submissions of a group are one author's."""
    query = select(func.count()).select_from(SUBMISSIONS).where(*_of(group), SUBMISSIONS.c.author == author)
    return int(connection.execute(query).scalar_one())


def tasks_and_authors(*, path: Location | None = None) -> tuple[list[str], list[str]]:
    """The tasks of the recorded submissions and everybody who has recorded one, each in order."""
    columns = (SUBMISSIONS.c.task, SUBMISSIONS.c.author)
    with reading(_location(path), SUBMISSIONS) as connection:
        if connection is None:
            return [], []
        tasks, authors = ([*connection.execute(select(column).distinct()).scalars()] for column in columns)
        return sorted(tasks), sorted(author for author in authors if author is not None)


def public_scores_of(connection: Connection, group: Group) -> list[float]:
    """The public scores of a group."""
    return list(connection.execute(select(SUBMISSIONS.c.public_score).where(*_of(group))).scalars())


def public_scores(score: Score, *, path: Location | None = None) -> list[float]:
    """The public scores of the other files that are recorded for the same task, metric, direction and answers."""
    group = Group(score.task, score.metric, score.higher_is_better, score.answers_sha256, 0)
    query = select(SUBMISSIONS.c.public_score).where(*_of(group), SUBMISSIONS.c.file_sha256 != score.file_sha256)
    with reading(_location(path), SUBMISSIONS) as connection:
        return [] if connection is None else list(connection.execute(query).scalars())


def reveals(connection: Connection, task: str) -> int:
    """How often private scores of a task were shown."""
    query = select(func.count()).select_from(REVEALS).where(or_(REVEALS.c.task == task, REVEALS.c.task.is_(None)))
    return int(connection.execute(query).scalar_one())


def _of(group: Group) -> list[Any]:
    return [SUBMISSIONS.c[name] == getattr(group, name) for name in GROUP]


def _query(private: bool) -> Any:
    if not private:
        return select(SUBMISSIONS)
    same = and_(*(SUBMISSIONS.c[name] == PRIVATE_SCORES.c[name] for name in KEY))
    own = [PRIVATE_SCORES.c[name] for name in ("score", "low", "high", "private_score")]
    return select(SUBMISSIONS, *own).outerjoin(PRIVATE_SCORES, same)


def _location(path: Location | None) -> Location:
    return ledger_location() if path is None else path


def entry_of(row: Mapping[Any, Any]) -> Entry:
    """An entry from the columns of its row."""
    values = dict(row)
    values.pop("id")
    return Entry(
        **{name: values.pop(name) for name in ("task", "metric", "higher_is_better", "file", "file_sha256")},
        **{name: values.pop(name) for name in ("answers_sha256", "run", "cv_mean", "cv_spread", "public_score")},
        **{name: values.pop(name) for name in ("time", "note", "author", "host")},
        config_json=values.pop("config"),
        public_interval=_pair(values.pop("public_low"), values.pop("public_high")),
        command=_texts(values.pop("command")),
        parents=_texts(values.pop("parents")),
        score=values.get("score"),
        interval=_pair(values.get("low"), values.get("high")),
        private_score=values.get("private_score"),
    )


def _pair(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _texts(text: str | None) -> tuple[str, ...]:
    value: Sequence[Any] | Any = _from_json(text)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _from_json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except (TypeError, ValueError, RecursionError):
        return None
