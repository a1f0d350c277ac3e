"""Round 2's figures for the report: accuracy by position and by kind of character, confusions, mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from kit import Evidence, Figure, Sample

from ..figures import BLUE, Pairs, confusion_figure
from ..grammar import DIGITS
from ..image import read_captcha
from ..plotting import blank_figure, png_of
from ..synthetic.fonts import han_properties
from .beam_search import decode
from .grammar import HAN, LONGEST
from .line_strip import find_lines, join_lines

SHOWN = 8
QUARTER = 4
KINDS = ("digit", "Chinese character", "sign")


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw round 2's figures."""
    guesses = decode(evidence.predictions)
    pairs = [(str(sample.y), guess) for sample, guess in zip(evidence.samples, guesses, strict=True)]
    yield _position_figure(pairs)
    yield _kind_figure(pairs)
    yield confusion_figure(pairs)
    wrong = [position for position, (truth, guess) in enumerate(pairs) if truth != guess][:SHOWN]
    if wrong:
        yield _strip_figure([evidence.samples[position] for position in wrong], [pairs[position] for position in wrong])


def picture(sample: Sample) -> np.ndarray:
    """Return the line strip that the network sees, uint8 (40, 560), or a smaller image if no line is found."""
    image = read_captcha(sample.x)
    boxes = find_lines(image)
    if not boxes:
        return np.ascontiguousarray(image[::QUARTER, ::QUARTER])
    return np.asarray((255 - 255 * join_lines(image, boxes).ink[0]).astype(np.uint8))


def by_kind(pairs: Pairs) -> dict[str, tuple[int, int]]:
    """Count the right characters and all characters of each kind; texts are aligned by their common characters."""
    from difflib import SequenceMatcher

    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for truth, guess in pairs:
        total.update(map(_kind, truth))
        for start, _, size in SequenceMatcher(None, truth, guess, autojunk=False).get_matching_blocks():
            right.update(map(_kind, truth[start : start + size]))
    return {kind: (right[kind], total[kind]) for kind in KINDS}


def _kind(character: str) -> str:
    return KINDS[0] if character in DIGITS else KINDS[1] if character in HAN else KINDS[2]


def _kind_figure(pairs: Pairs) -> Figure:
    counted = by_kind(pairs)
    drawing, axes = blank_figure(6.4, 1.8)
    accuracies = [right / max(1, total) for right, total in counted.values()]
    bars = axes.barh(list(counted), accuracies, color=BLUE)
    axes.bar_label(bars, [f" {right:,} of {total:,}" for right, total in counted.values()], fontsize=8)
    axes.set(xlim=(0, 1.25), xlabel="right")
    return Figure("Accuracy by kind of character", png_of(drawing), "Texts are aligned by their common characters.")


def _position_figure(pairs: Pairs) -> Figure:
    right, total = np.zeros(LONGEST), np.zeros(LONGEST)
    for truth, guess in pairs:
        for position, character in enumerate(truth[:LONGEST]):
            total[position] += 1
            right[position] += guess[position : position + 1] == character
    seen = total > 0
    drawing, axes = blank_figure(6.4, 2.6)
    axes.bar(np.flatnonzero(seen) + 1, right[seen] / total[seen], color=BLUE)
    axes.set(xlabel="position", ylabel="accuracy", ylim=(0, 1.02))
    caption = f"Of {len(pairs):,} held-out images. One character too many or too few shifts all that follow."
    return Figure("Accuracy by position", png_of(drawing), caption)


def _strip_figure(samples: list[Sample], pairs: Pairs) -> Figure:
    """Draw mistakes as line strips with their texts above them."""
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(9.6, 1.0 * len(samples)), layout="constrained")
    cells = drawing.subplots(len(samples), 1, squeeze=False).flat
    for cell, sample, (truth, guess) in zip(cells, samples, pairs, strict=True):
        cell.axis("off")
        cell.imshow(picture(sample), cmap="grey")
        cell.set_title(f"{sample.id}: {truth}  read as  {guess}", fontproperties=han_properties(8), parse_math=False)
    caption = "The number of the image, its text, the text that was read, and what the network sees."
    return Figure("Mistakes", png_of(drawing), caption)
