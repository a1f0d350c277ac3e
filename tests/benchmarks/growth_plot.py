"""The picture of :mod:`growth`: time and memory over the size, both logarithmic, one line a series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from tests.benchmarks.growth import Point

MARKS = "os^Dv<>P"


def draw(points: Sequence[Point], path: Path) -> None:
    """Draw processor seconds and peak memory of every series, with lines of slope one behind them."""
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    time, memory = figure.subplots(1, 2)
    names = list(dict.fromkeys(point.series for point in points))
    for name, mark in zip(names, MARKS, strict=False):
        own = [point for point in points if point.series == name]
        base = own[0].size  # sizes as multiples of the first: rows and scans fit into one picture
        times = [point.size / base for point in own]
        time.loglog(times, [point.cpu for point in own], marker=mark, label=name)
        memory.semilogx(times, [point.megabytes for point in own], marker=mark)
    low, high = time.get_ylim()
    for start in (0.01, 0.1, 1.0, 10.0):
        time.plot([1, 1000], [start, 1000 * start], color="0.85", linewidth=0.8, zorder=0)
    time.set_ylim(low, high)
    time.set_title("processor seconds (grey: linear)")
    memory.set_title("peak memory of the largest process, MB")
    memory.set_ylim(0)
    for axes in (time, memory):
        axes.set_xlabel("size, as a multiple of the smallest")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
