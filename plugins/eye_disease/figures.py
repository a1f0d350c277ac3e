"""Figures for the report: photographs of each kind, ROC curve, risks, the most confident predictions with heat maps."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from kit import Evidence, Figure
from kit.metrics import UndefinedMetricError, roc_auc, roc_curve

from .inputs import picture
from .metric import THRESHOLD, risks

COLOURS = {"P": "#c2410c", "H": "#6d28d9", "N": "#0f766e"}
KINDS = {"P": "pathological myopia", "H": "high myopia", "N": "normal"}
SHOWN = 6
OF_KIND = 2  # photographs of each kind
THUMBNAIL = 160


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures that the held-out predictions allow."""
    kept = [at for at, sample in enumerate(evidence.samples) if sample.y is not None]
    if not kept:
        return
    risk = risks([evidence.predictions[at] for at in kept])
    truth = np.array([int(evidence.samples[at].y) for at in kept])
    letters = np.array([str(evidence.samples[at].meta.get("letter", "?")) for at in kept])
    yield _kinds(evidence, kept, letters)
    if 0 < truth.sum() < len(truth):
        yield _roc(truth, risk, letters)
    yield _risks_by_kind(risk, letters)
    right = (risk >= THRESHOLD) == (truth == 1)
    sure = np.argsort(-np.abs(risk - THRESHOLD), kind="stable")
    for chosen, title in (
        (sure[~right[sure]], "Most confident mistakes"),
        (_both(sure[right[sure]], truth), "Most confident correct predictions"),
    ):
        if len(chosen):
            yield _gallery(evidence, [kept[at] for at in chosen[:SHOWN]], title)


def _kinds(evidence: Evidence, kept: Sequence[int], letters: np.ndarray) -> Figure:
    """Normal, highly myopic and pathological eyes side by side, as they are before any training."""
    from matplotlib.figure import Figure as Drawing

    shown = {letter: np.flatnonzero(letters == letter) for letter in "NHP" if (letters == letter).any()}
    drawing = Drawing(figsize=(3.2 * max(len(shown), 1), 3.4 * OF_KIND), layout="constrained")
    grid = drawing.subplots(OF_KIND, max(len(shown), 1), squeeze=False)
    for cell in grid.flat:
        cell.axis("off")
    for column, (letter, members) in enumerate(shown.items()):
        chosen = members[np.unique(np.linspace(0, len(members) - 1, OF_KIND).astype(int))]
        for row, at in enumerate(chosen):
            sample = evidence.samples[kept[int(at)]]
            grid[row, column].imshow(picture(sample))
            title = f"{KINDS[letter]}\n{sample.id}" if row == 0 else sample.id
            grid[row, column].set_title(title, fontsize=10, parse_math=False)
    caption = "Left to right: normal, high myopia, pathological myopia; held-out photographs as a network gets them."
    return Figure("Photographs of each kind", _png(drawing), caption)


def _both(order: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The most confident of each class, half and half."""
    halves = [order[truth[order] == label][: SHOWN // 2] for label in (1, 0)]
    return np.concatenate(halves)


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure as Drawing  # its own canvas: no screen, no state shared between reports

    drawing = Drawing(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots()


def _png(drawing: Any) -> bytes:
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _roc(truth: np.ndarray, risk: np.ndarray, letters: np.ndarray) -> Figure:
    drawing, axes = _axes(5, 4.6)
    for label, colour, chosen in (
        ("P against the rest", "#111827", np.ones(len(truth), dtype=bool)),
        ("P against H", COLOURS["H"], (truth == 1) | (letters == "H")),
        ("P against N", COLOURS["N"], (truth == 1) | (letters == "N")),
    ):
        try:
            false, true, _ = roc_curve(truth[chosen], risk[chosen])
        except UndefinedMetricError:
            continue
        axes.plot(false, true, color=colour, label=f"{label}: AUC {roc_auc(truth[chosen], risk[chosen]):.4f}")
    axes.plot([0, 1], [0, 1], color="#9ca3af", linestyle=":", linewidth=1)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", aspect="equal", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(loc="lower right")
    caption = f"{len(truth)} held-out photographs, {int((letters == 'H').sum())} of them H."
    return Figure("ROC curve", _png(drawing), caption)


def _risks_by_kind(risk: np.ndarray, letters: np.ndarray) -> Figure:
    drawing, axes = _axes(7, 2.8)
    shown = [letter for letter in KINDS if (letters == letter).any()]
    rng = np.random.default_rng(0)
    for row, letter in enumerate(shown):
        values = risk[letters == letter]
        height = row + rng.uniform(-0.3, 0.3, len(values))
        axes.scatter(values, height, s=9, alpha=0.6, color=COLOURS[letter])
    axes.axvline(THRESHOLD, color="#9ca3af", linestyle=":", linewidth=1)
    labels = [f"{letter}: {KINDS[letter]}" for letter in shown]
    axes.set(yticks=range(len(shown)), xlabel="predicted risk", xlim=(-0.02, 1.02))
    axes.set_yticklabels(labels)
    axes.invert_yaxis()
    return Figure(
        "Predicted risk by kind",
        _png(drawing),
        "One point per held-out photograph, spread vertically.",
    )


def _gallery(evidence: Evidence, positions: Sequence[int], title: str) -> Figure:
    from matplotlib.figure import Figure as Drawing

    maps = [evidence.maps.get(evidence.samples[at].id) for at in positions]
    rows = 2 if any(heat is not None for heat in maps) else 1
    drawing = Drawing(figsize=(1.7 * SHOWN, 1.95 * rows), layout="constrained")
    grid = drawing.subplots(rows, SHOWN, squeeze=False)
    for cell in grid.flat:
        cell.axis("off")
    for column, (at, heat) in enumerate(zip(positions, maps, strict=True)):
        sample = evidence.samples[at]
        image = cv2.resize(picture(sample), (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
        risk = float(np.ravel(evidence.predictions[at])[-1])
        grid[0, column].imshow(image)
        grid[0, column].set_title(f"{sample.id}\nrisk {risk:.3f}", fontsize=8)
        if heat is not None:
            grid[1, column].imshow(overlay(image, heat))
    caption = "Below each photograph, its class activation map: red is evidence for the disease, blue against."
    return Figure(title, _png(drawing), caption if rows == 2 else "")


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Lay a map (h, w) over an image uint8 (S, S, 3): red where it is positive, blue where negative, clear at 0."""
    side = image.shape[0]
    large = cv2.resize(np.asarray(heat, dtype=np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    strength = np.clip(large / max(float(np.abs(large).max()), 1e-6), -1, 1)[..., None]
    colour = np.where(strength > 0, (230, 30, 20), (20, 70, 230))
    share = 0.6 * np.abs(strength)
    return np.asarray((image * (1 - share) + colour * share).astype(np.uint8))
