"""``--plot``: the learning curves of the fold that is being trained, drawn in the terminal after every epoch."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import plotext

from kit.console import redraw
from kit.contract.hooks import hookimpl

WIDEST, HEIGHT = 110, 15  # characters
TICKS = 6
# Title of each plot, and the metrics in it with their markers: a legend in the plot would cover the curves.
PLOTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "loss: train line, held out o": (("train_loss", "braille"), ("valid_loss", "o")),
    "held-out score": (("valid_score", "braille"),),
}
ASCII = str.maketrans({**dict.fromkeys("┌┐└┘┬┤┴├", "+"), "─": "-", "│": "|"})
Points = Sequence[tuple[int, float]]


class Tracker:
    """Draws on standard error where that is a terminal; elsewhere nothing is printed."""

    def __init__(self) -> None:
        self._history: dict[tuple[Path, int], list[Mapping[str, Any]]] = defaultdict(list)

    @hookimpl
    def kit_epoch_ended(self, run: Path, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        """Draw the curves of the fold up to this epoch, in place of those up to the last one."""
        history = self._history[run, fold]
        history.append({**metrics, "epoch": epoch})
        width = min(shutil.get_terminal_size().columns - 1, WIDEST)
        redraw(lambda unicode: curves(history, width, plain=not unicode))


def curves(history: Sequence[Mapping[str, Any]], width: int, *, plain: bool = False) -> str:
    """The loss and the held-out score by epoch side by side, as text of so many columns without colours.

    ``history`` holds the metrics of each epoch; what was not measured is left out. ``plain`` draws with ASCII points.
    """
    figure = plotext.figure
    figure.clear()
    shown = {title: lines for title, lines in PLOTS.items() if any(_points(history, name) for name, _ in lines)}
    figure.subplots(1, len(shown))
    for column, (title, lines) in enumerate(shown.items(), 1):
        part = figure.subplot(1, column) if len(shown) > 1 else figure
        part.title(title)
        for name, marker in lines:
            points = _points(history, name)
            if points:
                x, y = map(list, zip(*points, strict=True))
                part.draw(part.signal(x, y, marker="." if plain and marker == "braille" else marker).lines())
        epochs = [metrics["epoch"] for metrics in history]
        part.ruler("x").ticks(epochs[:: -(-len(epochs) // TICKS)])
    figure.plot_size(width, HEIGHT)
    built = str(figure.build().string(colorless=True))
    text = "\n".join(line.rstrip() for line in built.splitlines())
    return text.translate(ASCII) if plain else text


def _points(history: Sequence[Mapping[str, Any]], name: str) -> Points:
    pairs = [(metrics["epoch"], metrics.get(name)) for metrics in history]
    return [(epoch, float(value)) for epoch, value in pairs if isinstance(value, int | float)]
