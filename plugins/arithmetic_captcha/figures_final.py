"""Round 2's own figures: accuracy by position and by kind of character, confusions, mistakes as the strips they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from kit import Evidence, Figure, Sample

from . import strip
from .figures import blank_drawing, confusion_figure, png_of
from .fonts import han_properties
from .formula import HAN, PLACES
from .grammar import DIGITS
from .image import read_any
from .search import decode

SHOWN = 8
QUARTER = 4
KINDS = ("digit", "Chinese character", "sign")


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw round 2's figures."""
    guesses = decode(evidence.predictions)
    pairs = [(str(sample.y), guess) for sample, guess in zip(evidence.samples, guesses, strict=True)]
    yield _places(pairs)
    yield _kinds(pairs)
    yield confusion_figure(pairs)
    wrong = [place for place, (truth, guess) in enumerate(pairs) if truth != guess][:SHOWN]
    if wrong:
        yield _strips([evidence.samples[place] for place in wrong], [pairs[place] for place in wrong])


def picture(sample: Sample) -> np.ndarray:
    """The strip that the network sees, uint8 (40, 560); the whole image, smaller, where no line is found."""
    image = read_any(sample.x)
    boxes = strip.find(image)
    if not boxes:
        return np.ascontiguousarray(image[::QUARTER, ::QUARTER])
    return (255 - 255 * strip.join(image, boxes).ink[0]).astype(np.uint8)


def by_kind(pairs: list[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """How many characters of each kind were right, and how many there are; texts are aligned by what they share."""
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


def _kinds(pairs: list[tuple[str, str]]) -> Figure:
    counted = by_kind(pairs)
    drawing, axes = blank_drawing(6.4, 1.8)
    shares = [right / max(1, total) for right, total in counted.values()]
    bars = axes.barh(list(counted), shares, color="#4878a8")
    axes.bar_label(bars, [f" {right:,} of {total:,}" for right, total in counted.values()], fontsize=8)
    axes.set(xlim=(0, 1.25), xlabel="right")
    return Figure("Accuracy by kind of character", png_of(drawing), "Texts are aligned by the characters they share.")


def _places(pairs: list[tuple[str, str]]) -> Figure:
    right, total = np.zeros(PLACES), np.zeros(PLACES)
    for truth, guess in pairs:
        for place, character in enumerate(truth[:PLACES]):
            total[place] += 1
            right[place] += guess[place : place + 1] == character
    seen = total > 0
    drawing, axes = blank_drawing(6.4, 2.6)
    axes.bar(np.flatnonzero(seen) + 1, right[seen] / total[seen], color="#4878a8")
    axes.set(xlabel="position", ylabel="accuracy", ylim=(0, 1.02))
    caption = f"Of {len(pairs):,} held-out images. A character too many or too few moves all that follow it."
    return Figure("Accuracy by position", png_of(drawing), caption)


def _strips(samples: list[Sample], pairs: list[tuple[str, str]]) -> Figure:
    """Mistakes as strips, their texts above them."""
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(9.6, 1.0 * len(samples)), layout="constrained")
    cells = drawing.subplots(len(samples), 1, squeeze=False).flat
    for cell, sample, (truth, guess) in zip(cells, samples, pairs, strict=True):
        cell.axis("off")
        cell.imshow(picture(sample), cmap="grey")
        cell.set_title(f"{sample.id}: {truth}  read as  {guess}", fontproperties=han_properties(8), parse_math=False)
    return Figure(
        "Mistakes", png_of(drawing), "The number of the image, its text, what was read, and what the network saw."
    )
