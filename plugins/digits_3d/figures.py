"""Digits in 3D: one of each class above its 2D image, and the worst mistakes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kit import Evidence, Figure, Sample

from .alignment import aligned, points_of
from .config import SIDE
from .reader import volume

SHOWN = 5  # digits of one figure
INK = "#1f2937"
Case = tuple[Sample, int, float]
"""A sample, the digit that was read, and its probability."""


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Yield digits in 3D above their 2D image, and the mistakes with the highest probability."""
    cases = [
        (sample, int(np.argmax(prediction)), float(np.max(prediction)))
        for sample, prediction in zip(evidence.samples, evidence.predictions, strict=True)
    ]
    right = [case for case in cases if case[0].y == case[1]]
    wrong = sorted((case for case in cases if case[0].y != case[1]), key=lambda case: -case[2])
    if right:
        caption = "Above: the occupied voxels. Below: the same solid along the direction that it was extruded along."
        yield Figure("Digits in 3D, read correctly", _drawn(_different(right)), caption)
    if wrong:
        caption = "The mistakes with the highest probability. The true digit, and what was read."
        yield Figure("The worst mistakes in 3D", _drawn(wrong[:SHOWN]), caption)


def _different(cases: Sequence[Case]) -> list[Case]:
    """The first case of each digit, as many as are shown."""
    first: dict[int, Case] = {}
    for case in cases:
        first.setdefault(case[0].y, case)
    return [first[digit] for digit in sorted(first)][:SHOWN]


def _drawn(cases: Sequence[Case]) -> bytes:
    # The object-oriented interface: no screen, no state shared with other figures.
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(11, 4.6), dpi=100, layout="constrained")
    for column, (sample, read, probability) in enumerate(cases, 1):
        filled = volume(sample.x) > 0
        axes: Any = canvas.add_subplot(2, SHOWN, column, projection="3d")
        # Squares instead of `voxels`, which takes a second for each digit.
        z, y, x = np.nonzero(filled)
        axes.scatter(x, y, z, s=14, c=y + x, cmap="copper", marker="s", depthshade=True)
        axes.view_init(elev=15, azim=20)
        axes.set(xlim=(0, SIDE), ylim=(0, SIDE), zlim=(0, SIDE))
        axes.set_axis_off()
        title = f"{sample.y}" if read == sample.y else f"{sample.y}, read {read} ({probability:.0%})"
        axes.set_title(title, fontsize=10, color=INK)
        flat = canvas.add_subplot(2, SHOWN, SHOWN + column)
        flat.imshow(aligned(points_of(filled))[0], cmap="Oranges")
        flat.set_title(f"id {sample.id}", fontsize=8, color=INK)
        flat.axis("off")
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
