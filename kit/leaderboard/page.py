"""The leaderboard as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from kit.leaderboard.board import Board
from kit.wording import score_text


def page(boards: Sequence[Board]) -> str:
    """Render the boards as one self-contained HTML page."""
    from kit.report.page import render

    return render("leaderboard.html", {"boards": boards, "score_text": score_text})
