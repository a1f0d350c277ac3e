"""The report's own figures: which characters are taken for which, the places of mistakes, and mistakes as pictures."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from kit import Evidence, Figure, Sample

from . import grammar, image
from .decode import decode
from .draw import ROUND_1, TEXT, Look
from .fonts import han_properties
from .grammar import PROBE, Grammar

SHOWN = 12
ALIKE = "0O"  # one shape in the captcha library's font once it is stretched


def arithmetic(evidence: Evidence) -> Iterator[Figure]:
    """Draw round 1's figures."""
    return _figures(evidence, grammar.ARITHMETIC, ROUND_1)


def text(evidence: Evidence) -> Iterator[Figure]:
    """Draw the text captchas' figures: 0 and O apart from the rest."""
    yield from _figures(evidence, grammar.TEXT, TEXT)
    pairs = read_pairs(evidence, grammar.TEXT)
    yield _alike(pairs)
    if chosen := probes(pairs):
        exact = [pairs[place][1] == PROBE for place in chosen if pairs[place][0] == PROBE]
        caption = (
            f"Held-out images with two or more of these characters, {PROBE} first: {sum(exact)} of {len(exact)} right."
        )
        yield _pictures(evidence, pairs, chosen[:SHOWN], TEXT, f"Probe: {PROBE}", caption)


def probes(pairs: list[tuple[str, str]]) -> list[int]:
    """The places of texts with two or more of 0 and O, those that are the probe first."""
    found = [place for place, (truth, _) in enumerate(pairs) if sum(c in ALIKE for c in truth) > 1]
    return sorted(found, key=lambda place: pairs[place][0] != PROBE)


def arithmetic_picture(sample: Sample) -> np.ndarray:
    """The captcha as it was given, uint8 (60, 180, 3)."""
    return image.read(sample.x, ROUND_1.width, ROUND_1.height)


def text_picture(sample: Sample) -> np.ndarray:
    """The captcha as it was given, uint8 (80, 170, 3)."""
    return image.read(sample.x, TEXT.width, TEXT.height)


def _figures(evidence: Evidence, texts: Grammar, look: Look) -> Iterator[Figure]:
    pairs = read_pairs(evidence, texts)
    yield _places(pairs, texts)
    yield confusion_figure(pairs)
    wrong = [place for place, (truth, guess) in enumerate(pairs) if truth != guess]
    if wrong:
        caption = "The number of the image, what it shows, and what was read."
        yield _pictures(evidence, pairs, wrong[:SHOWN], look, "Mistakes", caption)


def read_pairs(evidence: Evidence, texts: Grammar) -> list[tuple[str, str]]:
    """What each held-out image shows and what is read from it."""
    guesses = decode(evidence.predictions, texts)
    return [(str(sample.y), guess) for sample, guess in zip(evidence.samples, guesses, strict=True)]


def confusions(pairs: list[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Count (true, read) characters that differ; texts of unlike length are aligned by their common characters."""
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


def confusion_figure(pairs: list[tuple[str, str]]) -> Figure:
    """Draw how often which character was read as which."""
    counted = confusions(pairs).most_common(SHOWN)
    drawing, axes = blank_drawing(6.4, 0.6 + 0.3 * max(2, len(counted)))
    axes.barh([f"{a} read as {b}" for (a, b), _ in counted], [count for _, count in counted], color="#4878a8")
    if not all((a + b).isascii() for (a, b), _ in counted):
        for label in axes.get_yticklabels():
            label.set_fontproperties(han_properties(10))
    axes.invert_yaxis()
    axes.set_xlabel("times")
    zero = sum(count for pair, count in confusions(pairs).items() if set(pair) == {"0", "O"})
    total = confusions(pairs).total()
    caption = f"{total:,} characters of {len(pairs):,} images are wrong"
    caption += f"; {zero:,} of them are O taken for 0 or 0 for O." if zero else "."
    return Figure("Characters most often confused", png_of(drawing), caption)


def _places(pairs: list[tuple[str, str]], texts: Grammar) -> Figure:
    right = np.zeros(texts.places)
    total = np.zeros(texts.places)
    for truth, guess in pairs:
        for place, character in enumerate(truth):
            total[place] += 1
            right[place] += place < len(guess) and guess[place] == character
    share = right / np.maximum(total, 1)
    drawing, axes = blank_drawing(6.4, 2.6)
    bars = axes.bar(range(1, texts.places + 1), share, color="#4878a8")
    axes.bar_label(bars, [f"{value:.4f}" for value in share], fontsize=8)
    axes.set(xlabel="position", ylabel="accuracy", ylim=(max(0.0, float(share.min()) - 0.1), 1.02))
    return Figure("Accuracy by position", png_of(drawing), f"Of {len(pairs):,} held-out images.")


def _pictures(
    evidence: Evidence, pairs: list[tuple[str, str]], chosen: list[int], look: Look, title: str, caption: str
) -> Figure:
    from matplotlib.figure import Figure as Drawing

    rows = (len(chosen) + 3) // 4
    drawing = Drawing(figsize=(9.6, 1.3 * rows), layout="constrained")
    cells = drawing.subplots(rows, 4, squeeze=False).flat
    for cell in cells:
        cell.axis("off")
    for cell, place in zip(drawing.axes, chosen, strict=False):
        sample = evidence.samples[place]
        cell.imshow(image.read(sample.x, look.width, look.height))
        truth, guess = pairs[place]
        cell.set_title(f"{sample.id}: {truth} read as {guess}", fontsize=8, parse_math=False)
    return Figure(title, png_of(drawing), caption)


def _alike(pairs: list[tuple[str, str]]) -> Figure:
    """A table of how 0 and O are read."""
    counts = alike_table(pairs)
    drawing, axes = blank_drawing(4.2, 2.4)
    axes.imshow(counts, cmap="Blues", aspect="auto", vmin=0)
    columns = [*ALIKE, "another"]
    axes.set(xticks=range(3), yticks=range(2), xlabel="read as", ylabel="true")
    axes.set_xticklabels(columns)
    axes.set_yticklabels(ALIKE)
    for (row, column), count in np.ndenumerate(counts):
        dark = count > counts.max() / 2
        axes.text(column, row, f"{count:,}", ha="center", va="center", color="white" if dark else "black")
    wrong = sum(a != b for a, b in pairs)
    pure = sum(a != b and a.replace("O", "0") == b.replace("O", "0") for a, b in pairs)
    caption = f"{pure:,} of the {wrong:,} wrong texts are wrong by 0 and O alone."
    return Figure("0 and O", png_of(drawing), caption)


def alike_table(pairs: list[tuple[str, str]]) -> np.ndarray:
    """Count how 0 and O (rows) are read: as 0, as O, as another (columns), int (2, 3)."""
    counts = np.zeros((2, 3), np.int64)
    for truth, guess in pairs:
        for a, b in zip(truth, guess, strict=True):
            if a in ALIKE:
                counts[ALIKE.index(a), ALIKE.index(b) if b in ALIKE else 2] += 1
    return counts


def blank_drawing(width: float, height: float) -> tuple[Any, Any]:
    """A drawing of this size in inches and its axes."""
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots()


def png_of(drawing: Any) -> bytes:
    """A drawing as PNG, the same bytes for the same drawing."""
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
