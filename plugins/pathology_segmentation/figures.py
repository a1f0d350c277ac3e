"""Figures for the report: the precision-recall curve, and the best and worst slides with both outlines."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from kit import Evidence, Figure, Sample
from kit.metrics import dice

from .annotations.label import mask_on_grid
from .postprocessing import DEFAULTS, cell_area, remove_small
from .slide import open_slide
from .slide.downsample import downsampled_length, read_downsampled
from .tune import counts

SHOWN = 3
SIDE = 480
TRUE, PREDICTED = (20, 130, 60), (200, 30, 30)


def picture(sample: Sample) -> np.ndarray:
    """Read the slide downsampled to about 512 pixels per side: uint8 RGB (h, w, 3)."""
    slide = open_slide(str(sample.x))
    factor = max(1, -(-max(slide.height, slide.width) // 512))
    high, wide = (downsampled_length(length, factor) for length in (slide.height, slide.width))
    band = max(1, 1024 // factor)
    return np.concatenate(
        [read_downsampled(slide, factor, y, min(high, y + band), 0, wide) for y in range(0, high, band)]
    )


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures from held-out predictions; none where no held-out slide has cancer."""
    kept = [i for i, sample in enumerate(evidence.samples) if sample.y is not None]
    samples = [evidence.samples[i] for i in kept]
    values = [np.asarray(evidence.predictions[i]) for i in kept]
    truths = [mask_on_grid(s.y, str(s.x), (v.shape[0], v.shape[1])) for s, v in zip(samples, values, strict=True)]
    if not any(truth.any() for truth in truths):
        return
    rule = {**DEFAULTS, **evidence.tuned}
    scales = [_scale(sample, value) for sample, value in zip(samples, values, strict=True)]
    yield _curve(values, truths, scales, rule)
    masks = [
        remove_small(v >= rule["threshold"], rule["smallest_object"] / scale, rule["smallest_hole"] / scale)
        for v, scale in zip(values, scales, strict=True)
    ]
    f1 = [float(dice(t.sum(), m.sum(), (t & m).sum())) for t, m in zip(truths, masks, strict=True)]
    order = np.argsort(f1, kind="stable")
    half = min(SHOWN, max(1, len(order) // 2))
    for title, chosen in (("Worst slides", order[:half]), ("Best slides", order[::-1][:half])):
        yield _gallery(title, [(samples[i], truths[i], masks[i], f1[i]) for i in chosen])


def _scale(sample: Sample, value: np.ndarray) -> int:
    slide = open_slide(str(sample.x))
    return cell_area(value.shape, slide.height, slide.width)


def _curve(values: Sequence[np.ndarray], truths: Sequence[np.ndarray], scales: Sequence[int], rule: Any) -> Figure:
    thresholds, predicted, both = counts(values, truths, scales)
    shown = predicted > 0
    precision, recall = both[shown] / predicted[shown], both[shown] / both[0]
    drawing, axes = _axes(5, 4.6)
    levels = np.linspace(0.02, 1, 200)
    for f1 in (0.5, 0.7, 0.8, 0.9):
        line = f1 * levels / np.maximum(2 * levels - f1, 1e-9)
        inside = (2 * levels > f1) & (line <= 1)
        axes.plot(levels[inside], line[inside], color="#d1d5db", linewidth=0.8)
        axes.annotate(f"F1 {f1}", (1.0, f1 / (2 - f1)), fontsize=7, color="#6b7280", ha="right")
    axes.plot(recall, precision, color="#111827")
    nearest = int(np.abs(thresholds[shown] - rule["threshold"]).argmin())
    axes.plot(recall[nearest], precision[nearest], "o", color="#b91c1c", label=f"threshold {rule['threshold']:.2f}")
    axes.set(xlabel="recall of cancer", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.legend(loc="lower left")
    caption = (
        f"Pixels of {len(values)} held-out slides together, {sum(t.any() for t in truths)} of them with cancer. "
        "The point marks the threshold chosen on these predictions, before small objects and holes are removed."
    )
    return Figure("Precision and recall", _png(drawing), caption)


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure as Drawing  # without pyplot: no screen is needed, no global state

    drawing = Drawing(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots()


def _png(drawing: Any) -> bytes:
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def _gallery(title: str, chosen: Sequence[tuple[Sample, np.ndarray, np.ndarray, float]]) -> Figure:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(3.2 * len(chosen), 3.9), layout="constrained")
    grid = drawing.subplots(1, len(chosen), squeeze=False)[0]
    for axes, (sample, truth, mask, f1) in zip(grid, chosen, strict=True):
        axes.imshow(outlined(picture(sample), truth, mask))
        axes.set_title(f"{sample.id[:34]}\nF1 {f1:.3f}", fontsize=8)
        axes.axis("off")
    caption = "Green: the true outline. Red: the predicted outline. A slide with neither counts as F1 1."
    return Figure(title, _png(drawing), caption)


def outlined(image: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Draw the outlines of two masks (h, w), true and predicted, on an image: uint8 RGB, longer side 480 pixels."""
    ratio = SIDE / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * ratio)), max(1, round(image.shape[0] * ratio)))
    canvas = np.ascontiguousarray(cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA))
    for region, colour in ((truth, TRUE), (mask, PREDICTED)):
        large = cv2.resize(region.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        rings, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(canvas, rings, -1, colour, 2)
    return canvas
