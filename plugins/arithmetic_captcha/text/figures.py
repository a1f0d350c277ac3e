"""The figures of text captchas: those of all captchas, accuracy of each head by epoch, and how 0 and O are read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kit import Evidence, Figure, Sample

from ..figures import captcha_figures, picture_figure, read_pairs
from ..image import read_captcha
from ..plotting import blank_figure, png_of
from ..synthetic.drawing import TEXT
from .grammar import ALIKE, CHARACTERS, PROBE
from .head_curves import head_figure
from .probe import step_figure

SHOWN = 12

Pairs = list[tuple[str, str]]
"""For each image, the true text and the text that was read."""


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures of all captchas, the heads by epoch, a table of 0 and O, and images with several of these."""
    yield from head_figure(evidence.epochs)
    yield from captcha_figures(evidence, CHARACTERS)
    pairs = read_pairs(evidence, CHARACTERS)
    yield _alike_figure(pairs)
    if chosen := probes(pairs):
        right = [pairs[position][1] == PROBE for position in chosen if pairs[position][0] == PROBE]
        caption = f"Held-out images with at least two of 0 and O. {PROBE}: {sum(right)} of {len(right)} right."
        yield picture_figure(evidence, pairs, chosen[:SHOWN], f"Probe: {PROBE}", caption)
        yield step_figure(evidence, pairs, chosen)


def picture(sample: Sample) -> np.ndarray:
    """Return the captcha as it was given, uint8 (80, 170, 3)."""
    return read_captcha(sample.x, TEXT.width, TEXT.height)


def probes(pairs: Pairs) -> list[int]:
    """Return the positions of texts with at least two of 0 and O, first those that are the probe."""
    found = [position for position, (truth, _) in enumerate(pairs) if sum(c in ALIKE for c in truth) > 1]
    return sorted(found, key=lambda position: pairs[position][0] != PROBE)


def alike_table(pairs: Pairs) -> np.ndarray:
    """Count how 0 and O (rows) are read: as 0, as O, as another character (columns), int64 (2, 3)."""
    counts = np.zeros((2, 3), np.int64)
    for truth, guess in pairs:
        for a, b in zip(truth, guess, strict=True):
            if a in ALIKE:
                counts[ALIKE.index(a), ALIKE.index(b) if b in ALIKE else 2] += 1
    return counts


def _alike_figure(pairs: Pairs) -> Figure:
    counts = alike_table(pairs)
    drawing, axes = blank_figure(4.2, 2.4)
    axes.imshow(counts, cmap="Blues", aspect="auto", vmin=0)
    axes.set(xticks=range(3), yticks=range(2), xlabel="read as", ylabel="true")
    axes.set_xticklabels([*ALIKE, "another"])
    axes.set_yticklabels(ALIKE)
    for (row, column), count in np.ndenumerate(counts):
        dark = count > counts.max() / 2
        axes.text(column, row, f"{count:,}", ha="center", va="center", color="white" if dark else "black")
    wrong = sum(a != b for a, b in pairs)
    only_alike = sum(a != b and a.replace("O", "0") == b.replace("O", "0") for a, b in pairs)
    return Figure(
        "0 and O", png_of(drawing), f"{only_alike:,} of the {wrong:,} wrong texts only confuse these two characters."
    )
