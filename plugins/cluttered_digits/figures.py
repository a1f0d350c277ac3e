"""What the trained transformer does: raw images above warped ones, mistakes, and its zoom, angle and shift."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from kit import Evidence, Figure, Sample

from .config import CLASSES, SIDE

COLUMNS = 10
CONSTANT = 1e-3  # a parameter that varies by less is not drawn, such as the angle of an attention zoom
INK, BARS = "#1f2937", "#2563eb"
Case = tuple[Sample, int, np.ndarray]
"""A sample, the digit that was read, and the transformer's parameters (2, 3)."""


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Yield ten digits above the same ten warped, the mistakes in the same way, and the parameters' distribution.

    Nothing is drawn for a model without a transformer, whose parameters are those of the identity.
    """
    cases = [
        (sample, int(np.argmax(prediction)), evidence.maps[sample.id].astype(np.float32).reshape(2, 3))
        for sample, prediction in zip(evidence.samples, evidence.predictions, strict=True)
        if sample.id in evidence.maps
    ]
    if not any(moves(theta) for _, _, theta in cases):
        return
    right = [case for case in cases if case[0].y == case[1]]
    wrong = [case for case in cases if case[0].y != case[1]]
    chosen = one_of_each(right) or right[:COLUMNS]
    if chosen:
        caption = "Above: the held-out images. Below: what the trained transformer passes on to the classifier."
        yield Figure("Digits before and after the transformer", _pairs(chosen), caption)
    if wrong:
        caption = "Held-out images that were read wrongly, those with the highest probability of the wrong digit."
        yield Figure("Mistakes before and after the transformer", _pairs(wrong[:COLUMNS]), caption)
    caption = (
        f"Of {len(cases)} held-out images, half of them mistakes if there are enough. A zoom of 2 enlarges to twice "
        "the size; the shift is that of the crop's middle from the image's, in pixels."
    )
    yield Figure("The transformer's parameters", _distribution([theta for _, _, theta in cases]), caption)


def one_of_each(cases: Sequence[Case]) -> list[Case]:
    """Choose the first case of each digit; fill up to ten with others."""
    first: dict[int, Case] = {}
    for case in cases:
        first.setdefault(case[0].y, case)
    others = [case for case in cases if first[case[0].y] is not case]
    return sorted([*first.values(), *others[: CLASSES - len(first)]], key=lambda case: int(case[0].y))


def warp(image: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Warp an image (40, 40) by affine parameters (2, 3) as ``grid_sample`` does, to float32 (40, 40).

    The parameters map coordinates of the output to those of the input, both from -1 to 1 between the outer edges.
    """
    middle = (SIDE - 1) / 2
    linear, shift = theta[:, :2].astype(np.float64), theta[:, 2] * SIDE / 2
    offset = middle + shift - linear @ np.array([middle, middle])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, np.column_stack([linear, offset]), (SIDE, SIDE), flags=flags))


def seen(sample: Sample, found: np.ndarray) -> np.ndarray | None:
    """Return an image as the transformer with parameters (6,) passes it on, uint8 (40, 40); None for the identity."""
    theta = found.astype(np.float32).reshape(2, 3)
    if not moves(theta):
        return None
    return np.asarray(np.rint(255 * np.clip(warp(sample.x, theta), 0, 1)), np.uint8)


def moves(theta: np.ndarray) -> bool:
    """Whether parameters (2, 3) are other than those of the identity, which stand for a model without a transformer."""
    return bool(np.abs(theta - np.eye(2, 3)).max() > 1e-3)


def parameters(theta: np.ndarray) -> dict[str, float]:
    """Zoom (a factor), angle (degrees) and shift (pixels right and down) of affine parameters (2, 3).

    The zoom is the square root by which areas grow, the angle that of the rotation next to the linear part, from its
    polar decomposition.
    """
    linear = theta[:, :2].astype(np.float64)
    determinant = abs(float(np.linalg.det(linear)))
    angle = np.degrees(np.arctan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1]))
    right, down = theta[:, 2] * SIDE / 2
    return {
        "zoom": 1 / np.sqrt(max(determinant, 1e-6)),
        "angle in degrees": float(angle),
        "shift to the right": float(right),
        "shift down": float(down),
    }


def _pairs(cases: Sequence[Case]) -> bytes:
    canvas, axes = _canvas((11, 2.7), 2, COLUMNS)
    for axis in axes.flat:
        axis.axis("off")
    for column, (sample, read, theta) in enumerate(cases):
        axes[0, column].imshow(sample.x, cmap="gray", vmin=0, vmax=1)
        axes[1, column].imshow(warp(sample.x, theta), cmap="gray", vmin=0, vmax=1)
        title = f"{sample.y}" if read == sample.y else f"{sample.y}, read {read}"
        axes[0, column].set_title(title, fontsize=9, color=INK)
        axes[1, column].set_title(f"id {sample.id}", fontsize=7, color=INK, y=-0.22)
    return _png(canvas)


def _distribution(thetas: Sequence[np.ndarray]) -> bytes:
    found = [parameters(theta) for theta in thetas]
    values = {name: [row[name] for row in found] for name in found[0]}
    varied = {name: column for name, column in values.items() if np.ptp(column) > CONSTANT} or values
    canvas, axes = _canvas((11, 2.6), 1, len(varied))
    for axis, (name, column) in zip(axes.flat, varied.items(), strict=True):
        axis.hist(column, bins=12, color=BARS)
        axis.set_xlabel(name, fontsize=9, color=INK)
        axis.tick_params(labelsize=8, colors=INK)
        axis.spines[["top", "right"]].set_visible(False)
    axes.flat[0].set_ylabel("images", fontsize=9, color=INK)
    return _png(canvas)


def _canvas(size: tuple[float, float], rows: int, columns: int) -> tuple[Any, Any]:
    # The object-oriented interface: no screen, no state shared with other figures.
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=size, dpi=110, layout="constrained")
    return canvas, canvas.subplots(rows, columns, squeeze=False)


def _png(canvas: Any) -> bytes:
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
