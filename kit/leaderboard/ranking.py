"""The ranking of what the ledger holds, references included: one board for each task and set of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.contract.task import Task
from kit.files import json_safe
from kit.leaderboard.ledger import HELD_OUT, Entry, entries

if TYPE_CHECKING:  # scoring is not needed to rank
    from kit.scoring import Score


@dataclass(frozen=True, kw_only=True)
class Line:
    """A submission or a reference on a board.

    ``score`` is what it is ranked by: the public part's score, or a reference's published one. The private rank, the
    private score and the score on all rows are None unless revealed; a reference has its one score in every ranking.
    """

    rank: int = 0
    name: str
    reference: bool
    score: float
    interval: tuple[float, float] | None = None
    private_rank: int | None = None
    private_score: float | None = None
    whole_score: float | None = None
    cv_mean: float | None = None
    cv_spread: float | None = None
    run: str | None = None
    file: str | None = None
    file_sha256: str | None = None
    config: Mapping[str, Any] | None = None
    time: str | None = None
    note: str | None = None
    split: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Board:
    """The ranking of one task under one set of answers and one metric.

    ``known`` is False where no plugin defines the task any more; its submissions are ranked all the same.
    ``answers_sha256`` is None on the board of a task that has references only.
    """

    task: str
    title: str
    known: bool
    metric: str
    higher_is_better: bool
    answers_sha256: str | None
    revealed: bool
    lines: tuple[Line, ...]

    @property
    def held_out(self) -> bool:
        """Whether there were no answers, so that held-out scores stand in for them."""
        return (self.answers_sha256 or "").startswith(HELD_OUT)

    @property
    def by_private(self) -> bool:
        """Whether the private part ranks it: revealed, and the answers were enough for one."""
        return any(line.private_rank is not None for line in self.lines)

    @property
    def ranking(self) -> str:
        """What it is ranked by, in words."""
        if self.held_out:
            return "no answers: ranked by the held-out score of the same training data"
        if self.by_private:
            return "ranked by the private part (and the change against the public ranking)"
        if self.revealed:
            return "ranked by the public part; the answers are too few for a private one"
        return "ranked by the public part; --reveal shows the private one"

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form; ``entries`` are the lines, best first."""
        fields = {name: value for name, value in vars(self).items() if name != "lines"}
        return {**fields, "entries": [json_safe(vars(line)) for line in self.lines]}


@dataclass(frozen=True)
class Standing:
    """Where a score stands: ``rank`` of ``of`` lines, of which ``references`` were measured elsewhere."""

    rank: int
    of: int
    references: int

    def __str__(self) -> str:
        some = {0: "", 1: " (1 reference among them, measured elsewhere)"}
        more = f" ({self.references} references among them, measured elsewhere)"
        return f"rank {self.rank} of {self.of}{some.get(self.references, more)}"


def boards(
    tasks: Mapping[str, Task], only: str | None = None, *, reveal: bool = False, path: Path | None = None
) -> list[Board]:
    """Rank what the ledger holds of every task, or of one, best first.

    Scores are compared under the same answers, metric and direction only. A known task of which nothing is recorded has
    a board of its references where it was asked for by name. Without ``reveal`` private scores stay out of the boards.
    """
    groups: dict[tuple[str, str, bool, str], list[Entry]] = {}
    for entry in entries(only, path=path):
        key = (entry.task, entry.metric, entry.higher_is_better, entry.answers_sha256)
        groups.setdefault(key, []).append(entry)
    found = [_board(tasks.get(key[0]), *key, rows, reveal) for key, rows in sorted(groups.items())]
    if not found and only is not None and only in tasks:
        task = tasks[only]
        found = [_board(task, only, task.metric.name, task.metric.higher_is_better, None, [], reveal)]
    return found


def standing(task: Task, score: Score, *, path: Path | None = None) -> Standing:
    """Say where a score stands among the recorded submissions under the same answers and the task's references.

    Public scores are compared. Whether the score itself has been recorded makes no difference.
    """
    own = score.score if score.public is None else score.public
    others = [
        entry.public_score
        for entry in entries(task.name, path=path)
        if (entry.metric, entry.higher_is_better) == (score.metric, score.higher_is_better)
        and entry.answers_sha256 == score.answers_sha256
        and entry.file_sha256 != score.file_sha256
    ]
    others += [reference.score for reference in task.references]
    better = sum(other > own if score.higher_is_better else other < own for other in others)
    return Standing(better + 1, len(others) + 1, len(task.references))


def page(boards: Sequence[Board]) -> str:
    """Render the boards as one self-contained HTML page."""
    from kit.report.page import render

    return render("leaderboard.html", {"boards": boards, "shown": shown, "signed": signed})


def shown(value: float | None) -> str:
    """A score as boards show it: five decimals, more where it is tiny.

    >>> shown(0.99286), shown(1.5e-7), shown(None)
    ('0.99286', '1.5e-07', '-')
    """
    if value is None:
        return "-"
    return f"{value:.5f}" if value == 0 or 1e-3 <= abs(value) < 1e6 else f"{value:.6g}"


def signed(line: Line) -> str:
    """How far the private ranking moved a line: ``+2`` is two places up.

    >>> signed(Line(name="a", reference=False, score=1.0, rank=3, private_rank=1))
    '+2'
    """
    return "" if line.private_rank is None else f"{line.rank - line.private_rank:+d}".replace("+0", "=")


def _board(
    task: Task | None,
    name: str,
    metric: str,
    higher_is_better: bool,
    answers: str | None,
    rows: Sequence[Entry],
    reveal: bool,
) -> Board:
    lines = [_line(entry, reveal) for entry in rows]
    if task and (task.metric.name, task.metric.higher_is_better) == (metric, higher_is_better):
        lines += _references(task, reveal and any(line.private_score is not None for line in lines))
    return Board(
        task=name,
        title=task.title if task else name,
        known=task is not None,
        metric=metric,
        higher_is_better=higher_is_better,
        answers_sha256=answers,
        revealed=reveal,
        lines=_ranked(_distinct(lines), higher_is_better),
    )


def _line(entry: Entry, reveal: bool) -> Line:
    return Line(
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


def _references(task: Task, private: bool) -> list[Line]:
    return [
        Line(
            name=reference.name,
            reference=True,
            score=float(reference.score),
            private_score=float(reference.score) if private else None,
            split=reference.split,
            source=reference.source,
        )
        for reference in task.references
    ]


def _distinct(lines: Sequence[Line]) -> list[Line]:
    """Tell submissions of one name apart by the start of their hashes."""
    seen = Counter(line.name for line in lines)
    return [
        replace(line, name=f"{line.name} {line.file_sha256[:8]}") if seen[line.name] > 1 and line.file_sha256 else line
        for line in lines
    ]


def _ranked(lines: Iterable[Line], higher_is_better: bool) -> tuple[Line, ...]:
    """Give both ranks and sort by the private one where there is one, ties by time and references after them."""
    listed = list(lines)
    public = _ranks([line.score for line in listed], higher_is_better)
    private = _ranks([line.private_score for line in listed], higher_is_better)
    placed = [
        replace(line, rank=rank or 0, private_rank=other)
        for line, rank, other in zip(listed, public, private, strict=True)
    ]
    last = len(placed) + 1
    return tuple(
        sorted(placed, key=lambda line: (line.private_rank or last, line.rank, line.reference, line.time or ""))
    )


def _ranks(scores: Sequence[float | None], higher_is_better: bool) -> list[int | None]:
    """Competition ranks (1, 2, 2, 4); None where there is no score."""
    signs = [None if score is None else -score if higher_is_better else score for score in scores]
    ordered = sorted(value for value in signs if value is not None)
    first: dict[float, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
    return [None if value is None else first[value] for value in signs]
