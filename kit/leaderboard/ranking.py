"""The ranking of what the ledger holds, references included: one board for each task and set of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from kit.contract.scoring import Reference
from kit.contract.task import Task
from kit.leaderboard.board import Board, Row
from kit.leaderboard.ledger import Entry, entries

Key = tuple[str, str, bool, str | None]


def boards(
    tasks: Mapping[str, Task],
    only: str | None = None,
    *,
    reveal: bool = False,
    limit: int | None = None,
    path: Path | None = None,
) -> list[Board]:
    """Rank the recorded submissions of every task, or of the task ``only``.

    Scores are compared only under the same answers, metric and direction. A task without a recorded submission has a
    board of its references if ``only`` names it. Without ``reveal`` the boards hold no private scores. Each board holds
    at most ``limit`` rows.
    """
    groups: dict[Key, list[Entry]] = {}
    for entry in entries(only, path=path):
        key = (entry.task, entry.metric, entry.higher_is_better, entry.answers_sha256)
        groups.setdefault(key, []).append(entry)
    if not groups and only is not None and only in tasks:
        metric = tasks[only].metric
        groups[only, metric.name, metric.higher_is_better, None] = []
    ordered = sorted(groups.items(), key=lambda item: [str(part) for part in item[0]])
    return [_board(tasks.get(key[0]), key, group, reveal, limit) for key, group in ordered]


def _board(task: Task | None, key: Key, recorded: Sequence[Entry], reveal: bool, limit: int | None) -> Board:
    name, metric, higher_is_better, answers = key
    references: Sequence[Reference] = ()
    if task and (task.metric.name, task.metric.higher_is_better) == (metric, higher_is_better):
        references = task.references
    every: list[Entry | Reference] = [*recorded, *references]
    public, private = _public(recorded, references), _private(recorded, references, reveal)
    ranks = _ranks(public, higher_is_better)
    private_ranks = _ranks(private, higher_is_better)
    last = len(every) + 1

    def order(at: int) -> tuple[int, int, bool, str]:
        """By the private rank if there is one, then by the public one, submissions first, by time."""
        reference = at >= len(recorded)
        return private_ranks[at] or last, ranks[at] or last, reference, "" if reference else recorded[at].time

    same_name = Counter(_name(item) for item in every)
    return Board(
        task=name,
        title=task.title if task else name,
        known=task is not None,
        metric=metric,
        higher_is_better=higher_is_better,
        answers_sha256=answers,
        revealed=reveal,
        rows=tuple(
            _row(every[at], same_name, ranks[at] or 0, private_ranks[at], private[at], reveal)
            for at in sorted(range(len(every)), key=order)[:limit]
        ),
        total=len(every),
    )


def _public(recorded: Sequence[Entry], references: Sequence[Reference]) -> list[float | None]:
    return [*(entry.public_score for entry in recorded), *(float(reference.score) for reference in references)]


def _private(recorded: Sequence[Entry], references: Sequence[Reference], reveal: bool) -> list[float | None]:
    """Private scores if they are revealed. A reference has its one score there too, if any submission has one."""
    scores = [entry.private_score if reveal else None for entry in recorded]
    any_private = any(score is not None for score in scores)
    return [*scores, *(float(reference.score) if any_private else None for reference in references)]


def _ranks(scores: Sequence[float | None], higher_is_better: bool) -> list[int | None]:
    """Competition ranks (1, 2, 2, 4); None for a row without a score."""
    signed = [None if score is None else -score if higher_is_better else score for score in scores]
    ordered = sorted(value for value in signed if value is not None)
    first: dict[float, int] = {}
    for rank, value in enumerate(ordered, 1):
        first.setdefault(value, rank)
    return [None if value is None else first[value] for value in signed]


def _name(item: Entry | Reference) -> str:
    return item.name if isinstance(item, Reference) else item.run or item.file


def _row(
    item: Entry | Reference,
    same_name: Mapping[str, int],
    rank: int,
    private_rank: int | None,
    private_score: float | None,
    reveal: bool,
) -> Row:
    name = _name(item)
    if isinstance(item, Reference):
        return Row(
            rank=rank,
            name=name,
            reference=True,
            score=float(item.score),
            private_rank=private_rank,
            private_score=private_score,
            split=item.split,
            source=item.source,
        )
    return Row(
        rank=rank,
        # The start of the file's hash separates submissions of one name.
        name=f"{name} {item.file_sha256[:8]}" if same_name[name] > 1 else name,
        reference=False,
        score=item.public_score,
        interval=item.public_interval,
        private_rank=private_rank,
        private_score=private_score,
        whole_score=item.score if reveal else None,
        cv_mean=item.cv_mean,
        cv_spread=item.cv_spread,
        run=item.run,
        file=item.file,
        file_sha256=item.file_sha256,
        config=item.config,
        time=item.time,
        note=item.note,
    )
