"""The page of ``kit compare RUN RUN...``: scores, paired differences, all learning curves in one plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from kit.comparison.uses import uses_in_words
from kit.console import warn
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.pictures import picture
from kit.files import write_text
from kit.report.evidence import gather
from kit.report.explained import explained_picture
from kit.report.gallery import LONGEST, NO_PICTURE, show_sample
from kit.report.page import render
from kit.report.pictures import Picture
from kit.report.plots import GREY, Plot, plot
from kit.runs import Run

if TYPE_CHECKING:
    from kit.comparison import Comparison, Difference

Points = Sequence[tuple[int, float]]


def comparison_page(task: Task, runs: Sequence[Run], comparison: Comparison, file: Path) -> None:
    """Write the page; the same runs give the same bytes."""
    plots = [differences_plot(comparison), curves_plot({run.name: _curve(run) for run in runs}, task.metric.name)]
    context = {
        "task": task,
        "comparison": comparison,
        "uses": uses_in_words(comparison.uses),
        "plots": [each for each in plots if each is not None],
        **_shown(task, runs, comparison),
        "models": _labels(comparison),
    }
    write_text(file, render("comparison.html", context))


def _shown(task: Task, runs: Sequence[Run], comparison: Comparison) -> dict[str, Any]:
    """The samples that one run alone gets right, where samples are images: ``shown`` by id, and ``seen`` by run and id.

    The latter are pictures of what explains each run's prediction, such as class activation maps.
    """
    wanted = {name for each in comparison.differences for name in (*each.ids_first, *each.ids_second)}
    evidence, _ = gather(task, runs[0]) if wanted else (None, "")
    samples = [] if evidence is None else [sample for sample in evidence.samples if sample.id in wanted]
    pairs = [(sample, show_sample(task, sample)) for sample in samples]
    kept = {sample.id: each for sample, each in pairs if each.picture or each.reason != NO_PICTURE}
    drawn = [sample for sample, each in pairs if each.picture]
    return {"shown": kept, "seen": {run.name: _seen(task, run, drawn) for run in runs}}


def _labels(comparison: Comparison) -> dict[str, str]:
    """A short name for each run: its model's where the models differ."""
    models = [member.model for member in comparison.members]
    return {
        member.run: member.model if len(set(models)) == len(models) else member.run for member in comparison.members
    }


def _seen(task: Task, run: Run, samples: Sequence[Sample]) -> dict[str, Picture]:
    from kit.prediction.explaining import explain_samples

    found: dict[str, Picture] = {}
    try:
        maps = explain_samples(task, run, samples)
        for sample in samples:
            image = picture(task, sample)
            drawn = None if image is None else explained_picture(task, sample, image, maps.get(sample.id), LONGEST)
            if drawn is not None:
                found[sample.id] = drawn
    except Exception as error:  # from a plugin's functions or weights that are gone: the page is written without
        warn(f"{run.name}: what explains its predictions cannot be drawn: {type(error).__name__}: {error}")
    return found


def curves_plot(curves: Mapping[str, Points], metric: str) -> Plot | None:
    """The held-out score by epoch, one line for each run: (epoch, mean over the folds). None without any."""
    drawn = {name: points for name, points in curves.items() if points}
    if not drawn:
        return None

    def draw(axes: Axes) -> None:
        for name, points in drawn.items():
            marker = "o" if len(points) == 1 else ""
            axes.plot(*zip(*points, strict=True), label=name, marker=marker, markersize=4)
        axes.set_xlabel("epoch")
        axes.set_ylabel(metric, parse_math=False)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=8))
        for text in axes.legend(loc="best").get_texts():
            text.set_parse_math(False)

    ends = "; ".join(f"{name}: {points[-1][1]:.4g} in epoch {points[-1][0]}" for name, points in drawn.items())
    return plot(draw, f"Held-out {metric} by epoch", ends, "The mean over the folds that were validated in the epoch.")


def differences_plot(comparison: Comparison) -> Plot | None:
    """Each difference from the first run with its 95% interval. None where no difference has one."""
    rows = [each for each in comparison.differences if each.interval is not None and each.difference is not None]
    if not rows:
        return None
    first = comparison.members[0].run

    def draw(axes: Axes) -> None:
        axes.axvline(0, color=GREY, linewidth=1)
        for height, row in enumerate(reversed(rows)):
            _draw_difference(axes, row, height)
        axes.set_yticks(range(len(rows)))
        axes.set_yticklabels([row.second for row in reversed(rows)], parse_math=False)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(f"{comparison.metric} less that of {first}", parse_math=False)

    words = "; ".join(f"{row.second}: {row.difference:.4g}" for row in rows)
    return plot(draw, "Paired differences", words, "Bars are 95% intervals. A bar that crosses the line shows no gain.")


def _draw_difference(axes: Axes, row: Difference, height: int) -> None:
    if row.interval is not None and row.difference is not None:
        axes.plot(row.interval, (height, height), color="C0")
        axes.plot(row.difference, height, "o", color="C0", markersize=5)


def _curve(run: Run) -> list[tuple[int, float]]:
    scores: dict[int, list[float]] = {}
    for record in run.epochs():
        if record.valid_score is not None:
            scores.setdefault(record.epoch, []).append(record.valid_score)
    return [(epoch, float(np.mean(values))) for epoch, values in sorted(scores.items())]
