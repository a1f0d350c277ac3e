"""The report's plots: matplotlib without a screen, as SVG that is the same byte for byte, for light and dark pages."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import matplotlib.style
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from kit.report.classification import Calibration
from kit.report.pictures import data_uri

Draw = Callable[[Axes], None]
# Okabe and Ito's palette, told apart by colour-blind eyes, and the tone that stands for each on a dark page.
LINES = {
    "#0072b2": "#56b4e9",
    "#d55e00": "#f0884a",
    "#009e73": "#3cc9a0",
    "#cc79a7": "#e39cc4",
    "#9a7b00": "#f0e442",
    "#3f7fd0": "#7fa8ff",
    "#5b5b5b": "#b8b8b8",
    "#7a3e9d": "#c49be8",
}
GREY = "#5b5b5b"
INK, SOFT, FAINT = "#1b2330", "#5a6577", "#dfe4ea"
DARK = {**LINES, INK: "#e6ebf2", SOFT: "#9aa7b8", FAINT: "#2a3442"}
WIDTH, HEIGHT = 4.8, 3.1  # inches: narrow, so that text stays readable on a phone


@dataclass(frozen=True)
class Plot:
    """One plot as two data URIs (for a light and a dark page), with the words that stand for it."""

    light: str
    dark: str
    title: str
    alt: str
    caption: str = ""


def plot(draw: Draw, title: str, alt: str, caption: str = "") -> Plot:
    """Draw for a light page, and change the colours for a dark one."""
    light = _svg(draw)
    dark = re.sub("|".join(DARK), lambda found: DARK[found[0]], light)
    kind = "image/svg+xml"
    return Plot(data_uri(light.encode(), kind), data_uri(dark.encode(), kind), title, alt, caption)


def _svg(draw: Draw) -> str:
    settings = {
        "svg.hashsalt": "contest-kit",  # element names are hashed with it: a fixed one keeps the bytes
        "svg.fonttype": "none",
        "font.size": 9.5,
        "text.color": INK,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": SOFT,
        "axes.prop_cycle": cycler(color=list(LINES)),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": FAINT,
        "grid.linewidth": 0.7,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "lines.linewidth": 1.7,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
    }
    # The user's own matplotlibrc must not change the page, so everything starts from the library's defaults.
    with matplotlib.style.context(["default", settings]):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.subplots())
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()


def learning_curves(rows: Sequence[Mapping[str, Any]], chosen: Mapping[str, int], metric: str) -> list[Plot]:
    """Plot the loss and the held-out score by epoch, one line a fold; ``chosen`` maps folds to their kept epochs."""
    plots = []
    losses = [loss for loss in LOSSES if _points(rows, loss[0])]
    if losses:
        words = " ".join(_words(rows, key, f"{name} loss") for key, name, _, _ in losses)
        caption = " ".join(caption for _, _, _, caption in losses)
        plots.append(plot(lambda axes: _losses(axes, rows, chosen, losses), "Loss", words, caption))
    if _points(rows, "valid_score"):
        name = f"Held-out {metric}"
        caption = "Measured on the held-out samples of each fold after the epoch. Rings: the kept epoch."
        words = _words(rows, "valid_score", name)
        plots.append(plot(lambda axes: _scores(axes, rows, chosen, metric), name, words, caption))
    return plots


# Of each loss: its key, its name, its line and what the caption says of it.
LOSSES: list[tuple[str, str, Any, str]] = [
    ("train_loss", "Train", (0, (3, 2)), "Dashed: training batches, augmented and with dropout."),
    ("valid_loss", "Held-out", "solid", "Solid: held-out samples; rings: the kept epoch."),
]


def _losses(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    chosen: Mapping[str, int],
    losses: Sequence[tuple[str, str, Any, str]],
) -> None:
    for key, _, style, _ in losses:
        _lines(axes, rows, key, chosen if key == "valid_loss" else {}, style)
    values = [y for key, _, _, _ in losses for _, _, y in _points(rows, key)]
    if min(values) > 0 and max(values) > 30 * min(values):
        axes.set_yscale("log")
    lines = [Line2D([], [], color=GREY, linestyle=style, label=name.lower()) for _, name, style, _ in losses]
    _finish(axes, "loss", lines if len(lines) > 1 else [])


def _scores(axes: Axes, rows: Sequence[Mapping[str, Any]], chosen: Mapping[str, int], metric: str) -> None:
    lines = _lines(axes, rows, "valid_score", chosen, "solid")
    _finish(axes, metric, lines if 1 < len(lines) <= len(LINES) else [])


def _lines(
    axes: Axes, rows: Sequence[Mapping[str, Any]], key: str, chosen: Mapping[str, int], style: Any
) -> list[Line2D]:
    """Draw one line a fold, with a ring around the kept epoch."""
    folds, lines = _folds(rows), []
    for number, fold in enumerate(folds):
        points = [(x, y) for f, x, y in _points(rows, key) if f == fold]
        if not points:
            continue
        # More folds than colours would need a legend nobody reads: they share one and are shown as a bundle.
        colour, alpha = (f"C{number}", 1.0) if len(folds) <= len(LINES) else ("C0", 0.45)
        x, y = zip(*points, strict=True)
        marker = "o" if len(points) == 1 else ""
        lines += axes.plot(x, y, color=colour, alpha=alpha, linestyle=style, marker=marker, markersize=4)
        lines[-1].set_label(f"fold {fold}")
        kept = [point for point in points if point[0] == chosen.get(fold)]
        if kept:
            axes.plot(*kept[0], "o", color=colour, fillstyle="none", markersize=9, markeredgewidth=1.6)
    return lines


def _finish(axes: Axes, label: str, legend: Sequence[Line2D]) -> None:
    axes.set_xlabel("epoch")
    axes.set_ylabel(label, parse_math=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=8))
    if legend:
        shown = axes.legend(handles=list(legend), loc="best", ncols=2 if len(legend) > 4 else 1)
        for words in shown.get_texts():
            words.set_parse_math(False)  # a fold's name is data: a dollar sign in it is no formula


def _folds(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(row.get("fold", 0)) for row in rows))


def _points(rows: Iterable[Mapping[str, Any]], key: str) -> list[tuple[str, int, float]]:
    """(fold, epoch, value) of every row that has a finite value."""
    values = [(str(row.get("fold", 0)), row.get("epoch"), row.get(key)) for row in rows]
    return [(f, x, float(y)) for f, x, y in values if isinstance(x, int) and isinstance(y, Real) and math.isfinite(y)]


def _words(rows: Sequence[Mapping[str, Any]], key: str, name: str) -> str:
    """What the curve shows, for readers who cannot see it."""
    points = _points(rows, key)
    if not points:
        return ""
    folds, first, last = len({p[0] for p in points}), points[0], points[-1]
    several = f" over {folds} folds" if folds > 1 else ""
    return f"{name}{several}: from {first[2]:.4g} in epoch {first[1]} to {last[2]:.4g} in epoch {last[1]}."


def reliability(calibration: Calibration) -> Plot:
    """Plot how often a prediction of some confidence came true, above how many such predictions there were."""
    what = "predicted probability of class 1" if calibration.binary else "probability of the predicted class"
    return plot(
        lambda axes: _reliability(axes, calibration, what),
        "Calibration",
        f"Reliability diagram over {calibration.bins} bins; expected calibration error {calibration.error:.4f}.",
        f"Expected calibration error {calibration.error:.4f} over {calibration.bins} bins of equal width. On the dashed"
        " line a probability means what it says; below it the model is too sure. The numbers count samples.",
    )


def _reliability(axes: Axes, calibration: Calibration, what: str) -> None:
    axes.plot([0, 1], [0, 1], linestyle=LOSSES[0][2], linewidth=1, color=GREY)
    area = 18 + 150 * np.sqrt(calibration.count / calibration.count.max())
    axes.plot(calibration.confidence, calibration.rate, color="C0", alpha=0.5, linewidth=1.2)
    axes.scatter(calibration.confidence, calibration.rate, s=area, color="C0", alpha=0.85, linewidths=0)
    for x, y, count in zip(calibration.confidence, calibration.rate, calibration.count, strict=True):
        near = (0, -15) if y > 0.9 else (0, 10)
        axes.annotate(f"{count:,}", (x, y), xytext=near, textcoords="offset points", ha="center", fontsize=7.5)
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.06), xlabel=what, ylabel="share that came true")
