"""The ranking of what the ledger holds, references included: one board for each task and set of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kit.contract.task import Task
from kit.leaderboard.board import Board, Row
from kit.leaderboard.ledger import Entry, entries


def boards(
    tasks: Mapping[str, Task], only: str | None = None, *, reveal: bool = False, path: Path | None = None
) -> list[Board]:
    """Rank the recorded submissions of every task, or of the task ``only``.

    Scores are compared only under the same answers, metric and direction. A task without a recorded submission has a
    board of its references if ``only`` names it. Without ``reveal`` the boards hold no private scores.
    """
    groups: dict[tuple[str, str, bool, str], list[Entry]] = {}
    for entry in entries(only, path=path):
        key = (entry.task, entry.metric, entry.higher_is_better, entry.answers_sha256)
        groups.setdefault(key, []).append(entry)
    found = [_board(tasks.get(key[0]), *key, group, reveal) for key, group in sorted(groups.items())]
    if not found and only is not None and only in tasks:
        task = tasks[only]
        found = [_board(task, only, task.metric.name, task.metric.higher_is_better, None, [], reveal)]
    return found


def _board(
    task: Task | None,
    name: str,
    metric: str,
    higher_is_better: bool,
    answers: str | None,
    recorded: Sequence[Entry],
    reveal: bool,
) -> Board:
    rows = [_row(entry, reveal) for entry in recorded]
    if task and (task.metric.name, task.metric.higher_is_better) == (metric, higher_is_better):
        rows += _references(task, reveal and any(row.private_score is not None for row in rows))
    return Board(
        task=name,
        title=task.title if task else name,
        known=task is not None,
        metric=metric,
        higher_is_better=higher_is_better,
        answers_sha256=answers,
        revealed=reveal,
        rows=_ranked(_with_distinct_names(rows), higher_is_better),
    )


def _row(entry: Entry, reveal: bool) -> Row:
    return Row(
        name=entry.run or entry.file,
        reference=False,
        score=entry.public_score,
        interval=entry.public_interval,
        private_score=entry.private_score if reveal else None,
        whole_score=entry.score if reveal else None,
        cv_mean=entry.cv_mean,
        cv_spread=entry.cv_spread,
        run=entry.run,
        file=entry.file,
        file_sha256=entry.file_sha256,
        config=entry.config,
        time=entry.time,
        note=entry.note,
    )


def _references(task: Task, private: bool) -> list[Row]:
    return [
        Row(
            name=reference.name,
            reference=True,
            score=float(reference.score),
            private_score=float(reference.score) if private else None,
            split=reference.split,
            source=reference.source,
        )
        for reference in task.references
    ]


def _with_distinct_names(rows: Sequence[Row]) -> list[Row]:
    """Add the start of the file's hash to the names that several submissions have."""
    count = Counter(row.name for row in rows)
    return [
        replace(row, name=f"{row.name} {row.file_sha256[:8]}") if count[row.name] > 1 and row.file_sha256 else row
        for row in rows
    ]


def _ranked(rows: Sequence[Row], higher_is_better: bool) -> tuple[Row, ...]:
    """Give both ranks; sort by the private rank if there is one, then by the public one, submissions first, by time."""
    public = _ranks([row.score for row in rows], higher_is_better)
    private = _ranks([row.private_score for row in rows], higher_is_better)
    ranked = [
        replace(row, rank=rank or 0, private_rank=private_rank)
        for row, rank, private_rank in zip(rows, public, private, strict=True)
    ]
    last = len(ranked) + 1
    return tuple(sorted(ranked, key=lambda row: (row.private_rank or last, row.rank, row.reference, row.time or "")))


def _ranks(scores: Sequence[float | None], higher_is_better: bool) -> list[int | None]:
    """Competition ranks (1, 2, 2, 4); None for a row without a score."""
    signed = [None if score is None else -score if higher_is_better else score for score in scores]
    ordered = sorted(value for value in signed if value is not None)
    first: dict[float, int] = {}
    for rank, value in enumerate(ordered, 1):
        first.setdefault(value, rank)
    return [None if value is None else first[value] for value in signed]
