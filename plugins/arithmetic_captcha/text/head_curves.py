"""The accuracy of each of the four heads by epoch, from the metric's details."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Figure

from ..plotting import blank_figure, png_of
from .metric import HEADS

LOWEST = 0.9  # of the axis, as in the article, unless a value is lower
CAPTION = (
    "The fraction of held-out images whose first, second, third or fourth character is right. A network with CTC has "
    "no heads: the curves are then those of the positions in the text that is read."
)


def head_figure(epochs: Sequence[Mapping[str, Any]]) -> Iterator[Figure]:
    """Draw one curve for each head, the mean over folds; nothing where no epoch was validated."""
    curves = head_curves(epochs)
    if not curves:
        return
    drawing, axes = blank_figure(6.4, 3.0)
    values = np.array(list(curves.values()))  # (epochs, heads)
    for number, (name, line) in enumerate(zip(HEADS, values.T, strict=True)):
        axes.plot(list(curves), line, color=f"C{number}", marker="o" if len(line) == 1 else "", label=name)
    axes.set(xlabel="epoch", ylabel="accuracy", ylim=(min(LOWEST, float(values.min()) - 0.02), 1.005))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="lower right", fontsize=8)
    yield Figure("Accuracy by head and epoch", png_of(drawing), CAPTION)


def head_curves(epochs: Sequence[Mapping[str, Any]]) -> dict[int, np.ndarray]:
    """Return the accuracies of the heads, float64 (4,), by epoch: the mean over the folds that validated it."""
    found: dict[int, list[list[float]]] = {}
    for record in epochs:
        details = record.get("valid_details") or {}
        if all(name in details for name in HEADS):
            found.setdefault(int(record["epoch"]), []).append([float(details[name]) for name in HEADS])
    return {epoch: np.mean(rows, axis=0) for epoch, rows in sorted(found.items())}
