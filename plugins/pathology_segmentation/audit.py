"""Findings about this contest's files, beside those of the kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding, KitError

from .annotations.label import whole_mask
from .files import labels_without_slide
from .reader import read
from .slide import open_slide

SHOWN = 5


def audit(folder: Path) -> Iterator[Finding]:
    """Report labels without a slide, how much cancer there is, and whether patients can be identified.

    The kit reads every example itself and reports slides and labels that cannot be read.
    """
    unused = labels_without_slide(folder)
    if unused:
        message = f"{len(unused):,} labels belong to no slide: {_listed([path.name for path in unused])}"
        yield Finding("warning", "label without slide", str(unused[0].parent), message, "download the slides again")
    samples = read(folder, "train")
    fractions = {}
    for sample in samples:
        try:
            fractions[sample.id] = float(whole_mask(sample.y, open_slide(str(sample.x))).mean())
        except KitError:
            continue
    yield from _cancer(fractions)
    if len(samples) > 1 and len({sample.group for sample in samples}) == len(samples):
        message = "no two slides have names of the same patient, so each slide is its own group"
        remedy = "if some belong to one patient, name them PATIENT1_1, PATIENT1_2: otherwise a split leaks"
        yield Finding("note", "patients", "train", message, remedy)


def _cancer(fractions: dict[str, float]) -> Iterator[Finding]:
    """Report the fraction of cancer, no cancer at all, and masks that are cancer everywhere."""
    if not fractions:
        return
    with_cancer = [fraction for fraction in fractions.values() if fraction > 0]
    mean = sum(fractions.values()) / len(fractions)
    yield Finding(
        "note",
        "cancer",
        "train",
        f"{len(with_cancer):,} of {len(fractions):,} slides have cancer, {mean:.1%} of pixels",
    )
    if not with_cancer:
        yield Finding("error", "no cancer", "train", "no slide has an outline", "are the labels in the right folder?")
    full = [name for name, fraction in fractions.items() if fraction > 0.98]
    if full:
        message = f"{len(full):,} masks are cancer almost everywhere: {_listed(full)}"
        yield Finding("warning", "full mask", "train", message, "look at them: are white and black swapped?")


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN:,} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more
