"""The ranking of what the ledger holds, references included: one board for each task and set of answers."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from kit.boards.board import Board, Row
from kit.console import warn
from kit.contract.scoring import Reference
from kit.contract.task import Task
from kit.errors import KitError
from kit.ledger import (
    Entry,
    Group,
    Location,
    count_of,
    groups,
    leading,
    ledger_location,
    public_scores_of,
    record_reveal,
    reveals,
)
from kit.ledger.location import reading
from kit.ledger.tables import PRIVATE_SCORES, REVEALS, SUBMISSIONS


def boards(
    tasks: Mapping[str, Task],
    only: str | None = None,
    *,
    reveal: bool = False,
    limit: int | None = None,
    author: str | None = None,
    path: Location | None = None,
) -> list[Board]:
    """Rank the recorded submissions of every task, or of the task ``only``.

    Scores are compared only under the same answers, metric and direction. A task without a recorded submission has a
    board of its references if ``only`` names it. Without ``reveal`` the boards hold no private scores; with it,
    the ledger counts that they were shown. Each board holds at most ``limit`` rows, those of one ``author`` if it is
    named, with their ranks among all.
    """
    found = []
    tables = (SUBMISSIONS, REVEALS, *([PRIVATE_SCORES] if reveal else []))
    with reading(ledger_location() if path is None else path, *tables) as connection:
        if connection is not None:
            for group in groups(connection, only):
                found.append(_recorded_board(connection, tasks.get(group.task), group, reveal, limit, author))
    if reveal and found:
        found = _count_reveal(found, only, path)
    if not found and only is not None and only in tasks:
        metric = tasks[only].metric
        group = Group(only, metric.name, metric.higher_is_better, "", 0)
        found.append(_board(tasks[only], group, [], [], reveal, limit))
    return found


def _count_reveal(found: list[Board], only: str | None, path: Location | None) -> list[Board]:
    """Count that private scores are shown; the boards with the new count. A ledger that is only read is a warning."""
    try:
        record_reveal(only, path=path)
    except KitError as error:
        warn(f"this reveal could not be counted: {error}")
        return found
    return [replace(board, reveals=board.reveals + 1) for board in found]


def _recorded_board(
    connection: Connection, task: Task | None, group: Group, reveal: bool, limit: int | None, author: str | None
) -> Board:
    best = leading(connection, group, limit, private=reveal, author=author)
    partial = reveal or author is not None  # then those above are not all among the entries
    scores = public_scores_of(connection, group) if partial else [entry.public_score for entry in best]
    board = _board(task, group, best, scores, reveal, limit)
    of_others = 0 if author is None else group.count - count_of(connection, group, author)
    return replace(board, reveals=reveals(connection, group.task), total=board.total - of_others)


def _board(
    task: Task | None,
    group: Group,
    best: Sequence[Entry],
    scores: Sequence[float],
    reveal: bool,
    limit: int | None,
) -> Board:
    """Rank the best entries of a group and the references; ``scores`` are the public scores that count."""
    references: Sequence[Reference] = ()
    if task and (task.metric.name, task.metric.higher_is_better) == (group.metric, group.higher_is_better):
        references = task.references
    every: list[Entry | Reference] = [*best, *references]
    others = [*scores, *(float(reference.score) for reference in references)]
    private = _private(best, references, reveal)
    ranks = _ranks([_public(item) for item in every], others, group.higher_is_better)
    private_ranks = _ranks(private, private, group.higher_is_better)
    last = group.count + len(references) + 1

    def order(at: int) -> tuple[int, int, bool, str]:
        """By the private rank if there is one, then by the public one, submissions first, by time."""
        reference = at >= len(best)
        return private_ranks[at] or last, ranks[at] or last, reference, "" if reference else best[at].time

    same_name = Counter(_name(item) for item in every)
    return Board(
        task=group.task,
        title=task.title if task else group.task,
        known=task is not None,
        metric=group.metric,
        higher_is_better=group.higher_is_better,
        answers_sha256=group.answers_sha256 or None,
        revealed=reveal,
        rows=tuple(
            _row(every[at], same_name, ranks[at] or 0, private_ranks[at], private[at], reveal)
            for at in sorted(range(len(every)), key=order)[:limit]
        ),
        total=group.count + len(references),
    )


def _public(item: Entry | Reference) -> float:
    return float(item.score) if isinstance(item, Reference) else item.public_score


def _private(recorded: Sequence[Entry], references: Sequence[Reference], reveal: bool) -> list[float | None]:
    """Private scores if they are revealed. A reference has its one score there too, if any submission has one."""
    scores = [entry.private_score if reveal else None for entry in recorded]
    any_private = any(score is not None for score in scores)
    return [*scores, *(float(reference.score) if any_private else None for reference in references)]


def _ranks(scores: Sequence[float | None], others: Sequence[float | None], higher_is_better: bool) -> list[int | None]:
    """Competition ranks (1, 2, 2, 4) among ``others``, which hold the scores too; None for a row without a score."""
    sign = -1 if higher_is_better else 1
    ordered = sorted(sign * score for score in others if score is not None)
    return [None if score is None else bisect_left(ordered, sign * score) + 1 for score in scores]


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
        author=item.author,
        host=item.host,
        command=item.command,
        parents=item.parents,
    )
