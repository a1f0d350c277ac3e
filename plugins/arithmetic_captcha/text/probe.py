"""The probe ``0O0O``: the character that the network reads at each step, or with each head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit import Evidence, Figure

from ..image import read_captcha
from ..plotting import png_of
from .grammar import CHARACTERS, PROBE

SHOWN, COLUMNS = 4, 2  # images, and images in a row
BLANK = "-"  # no character has this class
CAPTION = (
    "Below each image, the likeliest character at every step of the network, about where the step is in the image, and "
    f"its probability as the depth of the blue; {BLANK} is CTC's blank. Without CTC there are four steps, the heads."
)


def step_figure(evidence: Evidence, pairs: Sequence[tuple[str, str]], chosen: Sequence[int]) -> Figure:
    """Draw the first of the chosen images, each above the likeliest characters at its steps."""
    from matplotlib.figure import Figure as Drawing

    chosen = chosen[:SHOWN]
    rows = (len(chosen) + COLUMNS - 1) // COLUMNS
    drawing = Drawing(figsize=(9.6, 2.6 * rows), layout="constrained")
    cells = drawing.subplots(2 * rows, COLUMNS, squeeze=False, height_ratios=[7, 1] * rows)
    for cell in cells.flat:
        cell.axis("off")
    for number, position in enumerate(chosen):
        image, row = cells[2 * (number // COLUMNS) :, number % COLUMNS][:2]
        truth, guess = pairs[position]
        image.imshow(read_captcha(evidence.samples[position].x), aspect="auto")
        image.set_title(f"{evidence.samples[position].id}: {truth} read as {guess}", fontsize=8, parse_math=False)
        _draw_steps(row, evidence.predictions[position])
    return Figure(f"Probe: {PROBE}, step by step", png_of(drawing), CAPTION)


def _draw_steps(axes: Any, scores: np.ndarray) -> None:
    """Draw the likeliest character of each step as a row of cells."""
    best, probabilities = likeliest(scores)
    axes.imshow(probabilities[None], cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for step, (character, probability) in enumerate(zip(best, probabilities, strict=True)):
        colour = "white" if probability > 0.5 else "black"
        axes.text(step, 0, character, ha="center", va="center", fontsize=9, color=colour)


def likeliest(scores: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the likeliest character of each step of log-probabilities (T, K), and its probability, float (T,).

    A class after the last character is the blank, ``-``.
    """
    characters = CHARACTERS.charset + BLANK
    best = scores.argmax(axis=1)
    return "".join(characters[k] for k in best), np.exp(scores[np.arange(len(best)), best])
