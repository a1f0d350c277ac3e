"""A board that was downloaded from Kaggle: the rank that a score has on it, and the medal by Kaggle's rules."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kit.errors import DataError
from kit.files import require_regular

Medal = Literal["gold", "silver", "bronze"]
TEAM, SCORE = ("teamid", "team id", "teamname"), "score"


@dataclass(frozen=True)
class BoardStanding:
    """A score on the board: ``rank`` among ``teams``, and the medal, None for none.

    ``percentile`` is the percentage of teams that the score leaves behind.
    """

    score: float
    rank: int
    teams: int
    medal: Medal | None

    @property
    def percentile(self) -> float:
        """The percentage of teams with a worse rank."""
        return 100 * (self.teams - self.rank) / self.teams

    def __str__(self) -> str:
        medal = f"a {self.medal} medal, if the contest awards medals" if self.medal else "no medal"
        return f"rank {self.rank:,} of {self.teams:,} (better than {self.percentile:.1f}%): {medal}"


def read_board(path: Path, *, higher_is_better: bool) -> list[float]:
    """The best score of each team in Kaggle's ``publicleaderboard.csv``, the best first.

    Older files list every improvement of a team. Raises DataError for a file that is no such table.
    """
    require_regular(path)
    best: dict[str, float] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
            team = next((names[name] for name in TEAM if name in names), None)
            if team is None or SCORE not in names:
                raise DataError(
                    "this is no board of Kaggle's", expected="columns TeamId and Score", found=names, where=path
                )
            for row in rows:
                score = float(row[names[SCORE]] or "nan")
                if score == score:
                    known = best.get(row[team], score)
                    best[row[team]] = max(known, score) if higher_is_better else min(known, score)
    except (ValueError, TypeError, csv.Error) as error:
        raise DataError("the board cannot be read", found=error, where=path) from None
    if not best:
        raise DataError("the board is empty", where=path)
    return sorted(best.values(), reverse=higher_is_better)


def board_standing(score: float, board: list[float], *, higher_is_better: bool) -> BoardStanding:
    """The rank that a score would have on the board if it is one's own team's, and the medal."""
    better = sum(other > score if higher_is_better else other < score for other in board)
    rank, teams = min(better + 1, len(board)), len(board)
    return BoardStanding(score, rank, teams, medal(rank, teams))


def medal(rank: int, teams: int) -> Medal | None:
    """The medal for a rank, by https://www.kaggle.com/progression.

    Percentages are rounded down. Contests for beginners and playgrounds award no medals, whatever the rank.
    Gold, silver and bronze go to the first 10%, 20% and 40% of fewer than 100 teams; 10, 20% and 40% of fewer than 250;
    10 and 0.2%, 50 and 100 of fewer than 1,000; 10 and 0.2%, 5% and 10% of more.

    >>> medal(10, 100), medal(12, 1000), medal(13, 1000), medal(101, 1000), medal(4, 10)
    ('gold', 'gold', 'silver', None, 'bronze')
    """
    if teams < 100:
        limits = (teams // 10, teams // 5, teams * 2 // 5)
    elif teams < 250:
        limits = (10, teams // 5, teams * 2 // 5)
    elif teams < 1000:
        limits = (10 + teams // 500, 50, 100)
    else:
        limits = (10 + teams // 500, teams // 20, teams // 10)
    names: tuple[Medal, ...] = ("gold", "silver", "bronze")
    return next((name for name, limit in zip(names, limits, strict=True) if rank <= limit), None)
