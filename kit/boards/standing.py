"""The rank of one score among what the ledger holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.contract.task import Task
from kit.ledger import Location, public_scores
from kit.ledger.postgres import UnreachableError
from kit.wording import counted

if TYPE_CHECKING:  # ranking must not load what scoring needs
    from kit.scoring import Score


@dataclass(frozen=True)
class Standing:
    """A rank among ``of`` rows, ``references`` of which were measured elsewhere.

    ``rank`` and ``of`` are None while a team's ledger cannot be reached.
    """

    rank: int | None
    of: int | None
    references: int

    def __str__(self) -> str:
        if self.rank is None:
            return "rank unknown while the team's ledger cannot be reached"
        text = f"rank {self.rank} of {self.of}"
        if not self.references:
            return text
        return f"{text} ({counted(self.references, 'reference')} among them, measured elsewhere)"


def standing(task: Task, score: Score, *, path: Location | None = None) -> Standing:
    """Rank a score among the recorded submissions under the same answers and the task's references.

    Public scores are compared. The result is the same whether or not the score itself has been recorded.
    """
    own = score.score if score.public is None else score.public
    try:
        others = public_scores(score, path=path)
    except UnreachableError:  # the score waits in the outbox, and the run goes on
        return Standing(None, None, len(task.references))
    others += [reference.score for reference in task.references]
    better = sum(other > own if score.higher_is_better else other < own for other in others)
    return Standing(better + 1, len(others) + 1, len(task.references))
