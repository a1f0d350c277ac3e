"""The six worst errors, as the article shows them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np

from kit import Evidence, Figure, Sample

ROWS, COLUMNS = 2, 3
INK, BARS, TRUE = "#1f2937", "#94a3b8", "#15803d"


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the six samples whose true digit fell furthest below the predicted one, with all ten probabilities."""
    worst = worst_errors(evidence.samples, evidence.predictions)
    if worst:
        caption = (
            "Sorted by how far the true digit's probability lies below the predicted one's. Green: the true digit. "
            "Some of them a person would read wrongly too."
        )
        yield Figure("The six worst errors", _draw(evidence, worst), caption)


def worst_errors(samples: Sequence[Sample], predictions: Sequence[np.ndarray]) -> list[int]:
    """Positions of up to six wrongly read samples, the worst first."""
    errors = []
    for at, (sample, prediction) in enumerate(zip(samples, predictions, strict=True)):
        if sample.y is not None and int(np.argmax(prediction)) != sample.y:
            errors.append((float(prediction[sample.y] - np.max(prediction)), at))
    return [at for _, at in sorted(errors)[: ROWS * COLUMNS]]


def _draw(evidence: Evidence, worst: Sequence[int]) -> bytes:
    # The object-oriented interface: no screen, no state shared with other figures.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(10.5, 4.6), dpi=110, layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.subplots(ROWS, 2 * COLUMNS, width_ratios=[1, 1.1] * COLUMNS)
    for axis in axes.flat:
        axis.axis("off")
    for number, at in enumerate(worst):
        row, column = divmod(number, COLUMNS)
        sample, prediction = evidence.samples[at], np.asarray(evidence.predictions[at])
        scan, bars = axes[row, 2 * column], axes[row, 2 * column + 1]
        scan.imshow(sample.x, cmap="gray_r", vmin=0, vmax=255)
        scan.set_title(f"{sample.id}: true {sample.y}, read {prediction.argmax()}", fontsize=9, color=INK)
        bars.axis("on")
        digits = range(len(prediction))
        bars.barh(digits, prediction, color=[TRUE if digit == sample.y else BARS for digit in digits])
        bars.set(xlim=(0, 1), yticks=digits, xticks=(0, 1))
        bars.invert_yaxis()
        bars.tick_params(labelsize=7, length=0, colors=INK)
        bars.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
