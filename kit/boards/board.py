"""A leaderboard's rows and what they are ranked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from kit.files import json_safe
from kit.ledger import HELD_OUT


@dataclass(frozen=True, kw_only=True)
class Row:
    """A submission, or a reference (a published result), on a board.

    ``score`` is the score on the public part of the answers, or a reference's published score. ``private_rank``,
    ``private_score`` and ``whole_score`` (on all answers) are None unless they are revealed. A reference has one score
    and takes part in every ranking with it.
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
    author: str | None = None
    host: str | None = None
    command: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    split: str | None = None
    source: str | None = None

    @property
    def rank_change(self) -> str:
        """How many ranks the private ranking moved the row up (``+2``) or down; empty without a private rank.

        >>> Row(name="a", reference=False, score=1.0, rank=3, private_rank=1).rank_change
        '+2'
        """
        return "" if self.private_rank is None else f"{self.rank - self.private_rank:+d}".replace("+0", "=")


@dataclass(frozen=True, kw_only=True)
class Board:
    """The ranking of one task under one set of answers and one metric; ``rows`` are sorted, the best first.

    ``total`` counts the rows that were left out too. ``known`` is False if no installed plugin defines the task; its
    submissions are still ranked. ``answers_sha256`` is None on a board that holds references only.
    """

    task: str
    title: str
    known: bool
    metric: str
    higher_is_better: bool
    answers_sha256: str | None
    revealed: bool
    rows: tuple[Row, ...]
    total: int
    reveals: int = 0

    @property
    def held_out(self) -> bool:
        """Whether held-out scores are ranked because there were no answers."""
        return (self.answers_sha256 or "").startswith(HELD_OUT)

    @cached_property
    def by_private(self) -> bool:
        """Whether the private part of the answers ranks it: it is revealed and there were enough answers for one."""
        return any(row.private_rank is not None for row in self.rows)

    @property
    def ranking(self) -> str:
        """A sentence about what the rows are ranked by."""
        if self.held_out:
            return "no answers: ranked by the held-out score on the same training data"
        if self.by_private:
            return "ranked by the private part (in brackets: the change from the public ranking)"
        if self.revealed:
            return "ranked by the public part of the answers, which are too few for a private part"
        return "ranked by the public part of the answers; --reveal shows the private part"

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form, with the rows as ``entries``."""
        found = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in ("rows", "total")}
        return {**found, "entries": [json_safe(vars(row)) for row in self.rows]}
