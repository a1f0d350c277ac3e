"""Learning curves: the loss and the held-out score of each fold by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from kit.report.plots import DASHED, GREY, LINES, Plot, plot
from kit.runs import EpochRecord

# Key, name, line style and caption of each loss.
LOSSES: list[tuple[str, str, Any, str]] = [
    ("train_loss", "Train", DASHED, "Dashed: training batches, with augmentation and dropout."),
    ("valid_loss", "Held-out", "solid", "Solid: held-out samples; rings: the kept epoch."),
]
BOTH = f"Solid: held-out samples. {LOSSES[0][3]} Rings: the kept epoch."


def learning_curves(rows: Sequence[EpochRecord], chosen: Mapping[str, int], metric: str) -> list[Plot]:
    """Plot the loss and the held-out score by epoch, one line per fold; ``chosen`` maps folds to their kept epochs."""
    plots = []
    losses = [loss for loss in LOSSES if _points(rows, loss[0])]
    if losses:
        description = " ".join(_description(rows, key, f"{name} loss") for key, name, _, _ in losses)
        caption = " ".join(caption for _, _, _, caption in losses)
        plots.append(plot(lambda axes: _losses(axes, rows, chosen, losses), "Loss", description, caption))
    if _points(rows, "valid_score"):
        name = f"Held-out {metric}"
        caption = "Measured on the held-out samples of each fold after the epoch. Rings: the kept epoch."
        description = _description(rows, "valid_score", name)
        if _has_training(rows, metric):
            name, caption = f"Training and held-out {metric}", BOTH
            description += " " + _description(rows, "train_accuracy", "Training accuracy")
        plots.append(plot(lambda axes: _scores(axes, rows, chosen, metric), name, description, caption))
    if metric.lower() != "accuracy" and _points(rows, "train_accuracy") and _points(rows, "valid_accuracy"):
        # The contest's metric is another one; accuracy is among its further figures.
        keys = {"valid_accuracy": "Held-out accuracy", "train_accuracy": "Training accuracy"}
        description = " ".join(_description(rows, key, words) for key, words in keys.items())
        name = "Training and held-out accuracy"
        plots.append(
            plot(lambda axes: _scores(axes, rows, chosen, "accuracy", "valid_accuracy"), name, description, BOTH)
        )
    return plots


def _losses(
    axes: Axes,
    rows: Sequence[EpochRecord],
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


def _scores(
    axes: Axes, rows: Sequence[EpochRecord], chosen: Mapping[str, int], metric: str, key: str = "valid_score"
) -> None:
    lines = _lines(axes, rows, key, chosen, "solid")
    legend = lines if 1 < len(lines) <= len(LINES) else []
    if _has_training(rows, metric):
        _lines(axes, rows, "train_accuracy", {}, DASHED)
        styles: list[tuple[str, Any]] = [("held-out", "solid"), ("train", DASHED)]
        legend = [*legend, *(Line2D([], [], color=GREY, linestyle=style, label=label) for label, style in styles)]
    _finish(axes, metric, legend)


def _has_training(rows: Sequence[EpochRecord], metric: str) -> bool:
    """Whether the training accuracy can be drawn beside the metric: it is an accuracy, and there is one."""
    return metric.lower() == "accuracy" and bool(_points(rows, "train_accuracy"))


def _lines(axes: Axes, rows: Sequence[EpochRecord], key: str, chosen: Mapping[str, int], style: Any) -> list[Line2D]:
    """Draw one line per fold, with a ring around the kept epoch."""
    folds, lines = _folds(rows), []
    for number, fold in enumerate(folds):
        points = [(x, y) for f, x, y in _points(rows, key) if f == fold]
        if not points:
            continue
        # With more folds than colours a legend would be unreadable: all lines get one colour and no legend.
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
        legend_drawn = axes.legend(handles=list(legend), loc="best", ncols=2 if len(legend) > 4 else 1)
        for label_text in legend_drawn.get_texts():
            label_text.set_parse_math(False)  # a dollar sign in a fold's name does not start a formula


def _folds(rows: Iterable[EpochRecord]) -> list[str]:
    return list(dict.fromkeys(row.fold for row in rows))


def _points(rows: Iterable[EpochRecord], key: str) -> list[tuple[str, int, float]]:
    """(fold, epoch, value) of every epoch that has the value; ``valid_accuracy`` is one of the metric's details."""
    values = [
        (
            row.fold,
            row.epoch,
            (row.valid_details or {}).get("accuracy") if key == "valid_accuracy" else getattr(row, key),
        )
        for row in rows
    ]
    return [(fold, epoch, value) for fold, epoch, value in values if value is not None]


def _description(rows: Sequence[EpochRecord], key: str, name: str) -> str:
    """The curve in words, as the text alternative of the plot."""
    points = _points(rows, key)
    if not points:
        return ""
    folds, first, last = len({p[0] for p in points}), points[0], points[-1]
    several = f" over {folds} folds" if folds > 1 else ""
    return f"{name}{several}: from {first[2]:.4g} in epoch {first[1]} to {last[2]:.4g} in epoch {last[1]}."
