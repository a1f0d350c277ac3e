"""The task's own figures: class activation maps on photographs predicted rightly and wrongly, large enough to read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from kit import Evidence, Figure, Sample, SampleError

from .inputs import decode

SHOWN = 6  # a figure


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Yield the activation maps of wrong and of right predictions, the most certain first."""
    held = [
        (sample, float(np.ravel(prediction)[-1]), evidence.maps[sample.id])
        for sample, prediction in zip(evidence.samples, evidence.predictions, strict=True)
        if sample.id in evidence.maps
    ]
    held.sort(key=lambda item: -abs(item[1] - 0.5))
    for title, right in (("Activation maps: wrong predictions", False), ("Activation maps: right predictions", True)):
        chosen = [item for item in held if ((item[1] > 0.5) == bool(item[0].y)) is right][:SHOWN]
        if chosen:
            yield Figure(title, _draw(chosen), "Red is evidence for a dog, blue for a cat (Zhou et al. 2016).")


def _draw(items: Sequence[tuple[Sample, float, np.ndarray]]) -> bytes:
    from matplotlib.figure import Figure as Canvas

    columns = min(3, len(items))
    rows = -(-len(items) // columns)
    canvas = Canvas(figsize=(3.6 * columns, 3.8 * rows), layout="constrained")
    for position, (sample, probability, values) in enumerate(items, 1):
        axes = canvas.add_subplot(rows, columns, position)
        axes.set_axis_off()
        axes.set_title(f"{sample.id}: dog with probability {probability:.3f}", fontsize=10)
        try:
            image = decode(Path(sample.x))
        except SampleError:
            continue
        height, width = image.shape[:2]
        scaled = cv2.resize(np.asarray(values, np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        limit = float(np.abs(scaled).max()) or 1.0
        axes.imshow(image)
        axes.imshow(scaled, cmap="coolwarm", alpha=0.45, vmin=-limit, vmax=limit)
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
