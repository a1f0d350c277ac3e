"""The leaderboard as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kit.boards.board import Board
from kit.wording import score_text

if TYPE_CHECKING:  # plots need matplotlib, ranking does not
    from matplotlib.axes import Axes

    from kit.boards.contest_board import ContestBoard
    from kit.report.plots import Plot
    from kit.serve.view import View


def page(boards: Sequence[Board], contests: Sequence[ContestBoard] = (), view: View | None = None) -> str:
    """Render the boards, and the submissions to the contests themselves, as one self-contained HTML page.

    A ``view`` adds what the served page has more: filters, links to reports, learning curves, runs in progress.
    """
    from kit.report.page import render

    rows = [(contest, _scatter(contest)) for contest in contests]
    return render("leaderboard.html", {"boards": boards, "contests": rows, "view": view, "score_text": score_text})


def _scatter(contest: ContestBoard) -> Plot | None:
    """CV against the contest's board, with the fitted line and its 95% interval."""
    from kit.boards.agreement import band
    from kit.report.plots import plot

    points = contest.points
    if len(points) < 2:
        return None
    cv, board = np.array(points).T

    def draw(axes: Axes) -> None:
        if contest.agreement:
            at = np.linspace(cv.min(), cv.max(), 50)
            line, low, high = band(points, at)
            axes.fill_between(at, low, high, alpha=0.15, linewidth=0)
            axes.plot(at, line)
        axes.plot(cv, board, "o", markersize=5)
        axes.set_xlabel(f"CV ({contest.metric})")
        axes.set_ylabel("public score")

    alt = f"{len(points)} submissions: cross-validated score against the contest's public score"
    caption = "The line is fitted by least squares; the band is its 95% interval." if contest.agreement else ""
    return plot(draw, "CV against the board", alt, caption)
