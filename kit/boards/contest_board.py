"""One's submissions to the contest itself: their scores, and how far those can be believed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kit.boards.agreement import FEWEST_FOR_NOISE, Agreement, agreement, best_of
from kit.contract.task import Task
from kit.errors import KitError
from kit.ledger import Location, find_kept, ledger_location
from kit.ledger.contest_scores import ContestScore, contest_scores
from kit.metrics import accuracy

SURE = 1.96  # standard deviations of a 95% interval


@dataclass(frozen=True)
class ShakeUp:
    """What the private part may change, for a metric that is a fraction of right rows.

    ``deviation`` is the standard deviation of the private minus the public score of one submission; ``within`` other
    submissions are so near to the best that they may pass it.
    """

    public_rows: int
    rows: int
    deviation: float
    within: int


@dataclass(frozen=True)
class ContestBoard:
    """The submissions of one task to its contest, the best public score first; those without a score come last.

    ``optimism`` is how much better the best of as many equal submissions would look than it is; None without an
    estimate of the noise.
    """

    task: str
    metric: str
    higher_is_better: bool
    scores: tuple[ContestScore, ...]
    agreement: Agreement | None
    optimism: float | None
    shake_up: ShakeUp | None

    @property
    def scored(self) -> list[ContestScore]:
        """Those with a public score."""
        return [score for score in self.scores if score.public_score is not None]

    @property
    def points(self) -> list[tuple[float, float]]:
        """CV and public score of each submission that has both."""
        return [
            (s.cv_mean, s.public_score) for s in self.scored if s.cv_mean is not None and s.public_score is not None
        ]

    def sentences(self) -> list[str]:
        """What the scores say, one finding per line."""
        lines = [*self.agreement.sentences()] if self.agreement else []
        attempts, shake = len(self.scores), self.shake_up
        if attempts > 1 and self.optimism is not None:
            bias = f"looks {self.optimism:.2g} better than it is"
            lines.append(f"{attempts} attempts: the best of so many equal submissions {bias}")
        elif attempts > 1:
            lines.append(f"{attempts} attempts: the best of them is chosen by luck too")
        if shake:
            lines.append(
                f"shake-up: the public part has {shake.public_rows:,} of {shake.rows:,} rows; the private score will "
                f"differ by about {shake.deviation:.2g}, enough for {shake.within} others to pass your best"
            )
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {**asdict(self), "sentences": self.sentences()}


def contest_boards(
    tasks: Mapping[str, Task], only: str | None = None, *, path: Location | None = None
) -> list[ContestBoard]:
    """The board of each task that has submissions to its contest, or of the task ``only``."""
    groups: dict[str, list[ContestScore]] = {}
    for score in contest_scores(only, path=path):
        groups.setdefault(score.task, []).append(score)
    return [_board(name, tasks.get(name), group, path) for name, group in sorted(groups.items())]


def _board(name: str, task: Task | None, group: Sequence[ContestScore], path: Location | None) -> ContestBoard:
    higher = task is None or task.metric.higher_is_better
    sign = -1 if higher else 1

    def order(score: ContestScore) -> tuple[bool, float, str]:
        return score.public_score is None, sign * (score.public_score or 0.0), score.time

    ordered = sorted(group, key=order)
    scored = [score for score in ordered if score.public_score is not None]
    points = [(s.cv_mean, s.public_score) for s in scored if s.cv_mean is not None and s.public_score is not None]
    found = agreement(points)
    shake = _shake_up(task, scored, path) if task else None
    noise = found.residual if found and found.points >= FEWEST_FOR_NOISE else _public_noise(scored, shake)
    return ContestBoard(
        task=name,
        metric=task.metric.name if task else "score",
        higher_is_better=higher,
        scores=tuple(ordered),
        agreement=found,
        optimism=None if noise is None else best_of(len(group), noise),
        shake_up=shake,
    )


def _shake_up(task: Task, scored: Sequence[ContestScore], path: Location | None) -> ShakeUp | None:
    """How far the private score may differ: both parts are draws of rows that are right or wrong (binomial)."""
    if not scored or task.public_fraction in (None, 1.0) or task.metric.function is not accuracy:
        return None
    best, rows = scored[0].public_score or 0.0, _rows(task, scored, path)
    if rows is None or not 0 < best < 1:
        return None
    public = round(rows * (task.public_fraction or 0.0))
    deviation = math.sqrt(best * (1 - best) * (1 / max(1, public) + 1 / max(1, rows - public)))
    near = [s for s in scored[1:] if abs((s.public_score or 0.0) - best) < SURE * deviation]
    return ShakeUp(public, rows, deviation, len(near))


def _public_noise(scored: Sequence[ContestScore], shake: ShakeUp | None) -> float | None:
    """The standard error of a public score that is a fraction of right rows."""
    if shake is None:
        return None
    best = scored[0].public_score or 0.0
    return math.sqrt(best * (1 - best) / max(1, shake.public_rows))


def _rows(task: Task, scored: Sequence[ContestScore], path: Location | None) -> int | None:
    """How many rows the test part has, from a submission that is kept."""
    from kit.submission import parse

    location = ledger_location() if path is None else path
    for score in scored:
        if score.file_sha256:
            try:
                return len(parse(find_kept(score.file_sha256, location), task.format, None))
            except KitError:
                continue
    return None
