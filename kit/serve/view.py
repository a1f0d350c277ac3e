"""What the served page shows beside the boards: filters, reports, curves, runs in progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from kit.boards.board import Board
from kit.files import submissions_dir
from kit.runs import Run
from kit.serve.curves import Curve, Progress, runs_in_progress, sparkline

CURVES = 100  # rows of a board that get one
REFRESH = 5  # seconds, while a run is in progress


@dataclass(frozen=True)
class Choice:
    """A filter's link."""

    text: str
    link: str
    chosen: bool


@dataclass(frozen=True)
class View:
    """``reports`` and ``curves`` are by (task, run); ``refresh`` is in seconds, None for a page that stays."""

    tasks: Sequence[Choice]
    authors: Sequence[Choice]
    progress: Sequence[Progress]
    reports: Mapping[tuple[str, str], str] = field(default_factory=dict)
    curves: Mapping[tuple[str, str], Curve] = field(default_factory=dict)
    refresh: int | None = None


def view(
    boards: Sequence[Board],
    tasks: Sequence[str],
    authors: Sequence[str],
    task: str | None = None,
    author: str | None = None,
) -> View:
    """The view of these boards, of the tasks and authors that can be chosen, and what is chosen."""
    progress = runs_in_progress(task)
    reports, curves = {}, {}
    for board in boards:
        for row in board.rows[:CURVES]:
            run = find_run(board.task, row.run) if row.run else None
            if run is None or row.run is None:
                continue
            key = board.task, row.run
            if (run.path / "report.html").is_file():
                reports[key] = f"/runs/{quote(board.task, safe='')}/{quote(row.run, safe='')}/report.html"
            if line := sparkline(run):
                curves[key] = line
    return View(
        tasks=_choices("task", tasks, task, {"author": author}),
        authors=_choices("author", authors, author, {"task": task}),
        progress=progress,
        reports=reports,
        curves=curves,
        refresh=REFRESH if progress else None,
    )


def find_run(task: str, name: str) -> Run | None:
    """The run of these exact names in the folder of runs; None for any other path."""
    if any(part in ("", ".", "..") or "/" in part or "\\" in part or "\0" in part for part in (task, name)):
        return None
    path = submissions_dir() / task / name
    return Run(path) if (path / "card.json").is_file() else None


def _choices(key: str, names: Sequence[str], chosen: str | None, others: Mapping[str, str | None]) -> list[Choice]:
    """A link for each name and one for all, which keep the other filter."""
    kept = {name: value for name, value in others.items() if value}
    found = [Choice("all", "/?" + urlencode(kept), chosen is None)]
    return found + [Choice(name, "/?" + urlencode({**kept, key: name}), name == chosen) for name in names]
