"""The page of a search: its history, which settings mattered, every trial, and the winner on other seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from kit.comparison.uses import uses_in_words
from kit.contract.task import Task
from kit.files import write_text
from kit.report.page import render
from kit.report.plots import GREY, Plot, plot
from kit.search.database import load_study, study_file
from kit.search.retraining import Found
from kit.search.study import Attempt, attempts, importance


def write_search_page(task: Task, found: Found, storage: str | None) -> Path:
    """Write the page of a search beside its study and return its path; the same search gives the same bytes."""
    study, file = load_study(found.study, storage), study_file(found.study, ".html")
    write_text(file, _page(task, found, attempts(study), importance(study)))
    return file


def _page(task: Task, found: Found, attempts: Sequence[Attempt], importance: Mapping[str, float]) -> str:
    better = task.metric.higher_is_better
    plots = [history_plot(attempts, task.metric.name, higher_is_better=better), importance_plot(importance)]
    context: dict[str, Any] = {
        "task": task,
        "found": found,
        "uses": uses_in_words(found.uses),
        "names": sorted({name for attempt in attempts for name in attempt.params}),
        "attempts": attempts,
        "plots": [each for each in plots if each is not None],
    }
    return render("search.html", context)


def history_plot(attempts: Sequence[Attempt], metric: str, *, higher_is_better: bool) -> Plot | None:
    """The score of each trial and the best so far; None without a score."""
    points = [(each.number, each.score) for each in attempts if each.score is not None and each.state == "complete"]
    if not points:
        return None
    numbers, scores = zip(*points, strict=True)
    best = np.maximum.accumulate(scores) if higher_is_better else np.minimum.accumulate(scores)

    def draw(axes: Axes) -> None:
        axes.plot(numbers, scores, "o", color="C0", markersize=4, label="trial")
        axes.step(numbers, best, where="post", color=GREY, label="best so far")
        axes.set_xlabel("trial")
        axes.set_ylabel(f"held-out {metric}", parse_math=False)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=8))
        axes.legend(loc="best")

    words = f"{len(points)} trials, the best {best[-1]:.4g}"
    return plot(draw, "History", words, "Trials that were stopped early have no point.")


def importance_plot(importance: Mapping[str, float]) -> Plot | None:
    """How much of the scores' variance each setting explains; None where that is not known."""
    if not importance:
        return None
    names = sorted(importance, key=lambda name: importance[name])

    def draw(axes: Axes) -> None:
        axes.barh(range(len(names)), [importance[name] for name in names], color="C0")
        axes.set_yticks(range(len(names)))
        axes.set_yticklabels(names, parse_math=False)
        axes.set_xlabel("fraction of the variance")

    words = "; ".join(f"{name}: {importance[name]:.2f}" for name in reversed(names))
    return plot(draw, "Importance of the settings", words, "By functional ANOVA over the trials (Hutter et al., 2014).")
