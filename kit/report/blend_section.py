"""What a blend is made of, for its report: members, weights, the honest gain, and how alike the members' errors are."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from kit.comparison.uses import uses_in_words
from kit.report.plots import Plot, plot
from kit.runs import Run
from kit.runs.opening import BLEND
from kit.runs.schema import read_value

KEYS = {"method", "members", "mean", "chosen", "nested", "gain", "interval", "test", "correlation"}


def blend_section(run: Run) -> dict[str, Any] | None:
    """The content of ``blend.json`` with a picture of the correlations; None for other runs."""
    path = run.path / BLEND
    if not path.exists():
        return None
    found = read_value(path)
    if not isinstance(found, dict) or not set(found) >= KEYS or not isinstance(found["members"], list):
        return None
    uses = found.get("uses")  # a blend of an older version does not know
    words = uses_in_words(uses) if isinstance(uses, int) else ""
    return {**found, "uses": words, "plot": _correlations(found["correlation"], len(found["members"]))}


def _correlations(values: Any, count: int) -> Plot | None:
    table = np.array(values, dtype=object)
    if table.shape != (count, count):
        return None
    numbers = table.astype(np.float64)
    if not np.isfinite(numbers).all():
        return None

    def draw(axes: Axes) -> None:
        axes.grid(visible=False)
        axes.imshow(numbers, cmap="RdBu_r", vmin=-1, vmax=1)
        for row, column in np.ndindex(numbers.shape):
            axes.text(column, row, f"{numbers[row, column]:.2f}", ha="center", va="center", fontsize=8, color="#1b2330")
        axes.set_xticks(range(count), [str(k + 1) for k in range(count)])
        axes.set_yticks(range(count), [str(k + 1) for k in range(count)])

    others = numbers[~np.eye(count, dtype=bool)]
    alt = f"Correlations of the errors of {count} members, from {others.min():.2f} to {others.max():.2f}."
    caption = "Members by their number in the table. The lower the correlation, the more a blend can gain."
    return plot(draw, "Correlation of the members' errors", alt, caption)
