"""Figures for the report that several captcha tasks draw: accuracy by position, confused characters, readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from kit import Evidence, Figure

from .decode import decode
from .grammar import Grammar
from .image import read_captcha
from .plotting import blank_figure, png_of
from .synthetic.fonts import han_properties

SHOWN = 12
COLUMNS = 4  # images in a row
BLUE, RED = "#4878a8", "#b03a2e"

Pairs = list[tuple[str, str]]
"""For each image, the true text and the text that was read."""


def captcha_figures(evidence: Evidence, grammar: Grammar) -> Iterator[Figure]:
    """Draw the figures of a task whose images have one line."""
    pairs = read_pairs(evidence, grammar)
    yield _position_figure(pairs, grammar.length)
    yield confusion_figure(pairs)
    yield _reading_figure(evidence, pairs)
    wrong = [position for position, (truth, guess) in enumerate(pairs) if truth != guess]
    if wrong:
        caption = "The number of the image, the text that it shows, and the text that was read."
        yield picture_figure(evidence, pairs, wrong[:SHOWN], "Mistakes", caption)


def read_pairs(evidence: Evidence, grammar: Grammar) -> Pairs:
    """Return the true text of each held-out image and the text that is read from it."""
    guesses = decode(evidence.predictions, grammar)
    return [(str(sample.y), guess) for sample, guess in zip(evidence.samples, guesses, strict=True)]


def confusions(pairs: Pairs) -> Counter[tuple[str, str]]:
    """Count pairs of characters (true, read) that differ; texts of different lengths are aligned first."""
    from difflib import SequenceMatcher

    found: Counter[tuple[str, str]] = Counter()
    for truth, guess in pairs:
        if len(truth) == len(guess):
            found.update((a, b) for a, b in zip(truth, guess, strict=True) if a != b)
            continue
        for kind, a, b, c, d in SequenceMatcher(None, truth, guess, autojunk=False).get_opcodes():
            if kind != "equal":
                found[(truth[a:b] or "nothing", guess[c:d] or "nothing")] += 1
    return found


def confusion_figure(pairs: Pairs) -> Figure:
    """Draw how often which character was read as which other."""
    counted = confusions(pairs).most_common(SHOWN)
    drawing, axes = blank_figure(6.4, 0.6 + 0.3 * max(2, len(counted)))
    axes.barh([f"{a} read as {b}" for (a, b), _ in counted], [count for _, count in counted], color=BLUE)
    if not all((a + b).isascii() for (a, b), _ in counted):
        for label in axes.get_yticklabels():
            label.set_fontproperties(han_properties(10))
    axes.invert_yaxis()
    axes.set_xlabel("times")
    zero = sum(count for pair, count in confusions(pairs).items() if set(pair) == {"0", "O"})
    total = confusions(pairs).total()
    caption = f"{total:,} characters of {len(pairs):,} images are wrong"
    caption += f"; {zero:,} of them are O read as 0 or 0 read as O." if zero else "."
    return Figure("Characters most often confused", png_of(drawing), caption)


def _position_figure(pairs: Pairs, length: int) -> Figure:
    right, total = np.zeros(length), np.zeros(length)
    for truth, guess in pairs:
        for position, character in enumerate(truth):
            total[position] += 1
            right[position] += position < len(guess) and guess[position] == character
    accuracy = right / np.maximum(total, 1)
    drawing, axes = blank_figure(6.4, 2.6)
    bars = axes.bar(range(1, length + 1), accuracy, color=BLUE)
    axes.bar_label(bars, [f"{value:.4f}" for value in accuracy], fontsize=8)
    axes.set(xlabel="position", ylabel="accuracy", ylim=(max(0.0, float(accuracy.min()) - 0.1), 1.02))
    return Figure("Accuracy by position", png_of(drawing), f"Of {len(pairs):,} held-out images.")


def _reading_figure(evidence: Evidence, pairs: Pairs) -> Figure:
    """Draw the first held-out images, right and wrong ones, with both texts below each other."""
    shown = range(min(SHOWN, len(pairs)))
    wrong = sum(pairs[position][0] != pairs[position][1] for position in shown)
    caption = f"The first {len(shown)} held-out images with the real and the read text. "
    caption += f"Wrong ones, {wrong} of them, are red and marked." if wrong else "All of them are right."
    return picture_figure(evidence, pairs, shown, "Real and read texts", caption, below=True)


def picture_figure(
    evidence: Evidence, pairs: Pairs, chosen: Sequence[int], title: str, caption: str, *, below: bool = False
) -> Figure:
    """Draw the images at the chosen positions with their true and their read text, side by side or below each other."""
    from matplotlib.figure import Figure as Drawing

    rows = (len(chosen) + COLUMNS - 1) // COLUMNS
    drawing = Drawing(figsize=(9.6, (1.45 if below else 1.3) * rows), layout="constrained")
    for cell in drawing.subplots(rows, COLUMNS, squeeze=False).flat:
        cell.axis("off")
    for cell, position in zip(drawing.axes, chosen, strict=False):
        sample = evidence.samples[position]
        cell.imshow(read_captcha(sample.x))
        truth, guess = pairs[position]
        wrong = truth != guess
        words = f"real {truth}\nread {guess}{' (wrong)' if wrong else ''}" if below else f"{truth} read as {guess}"
        colour = RED if below and wrong else "black"
        cell.set_title(words if below else f"{sample.id}: {words}", fontsize=8, color=colour, parse_math=False)
    return Figure(title, png_of(drawing), caption)
