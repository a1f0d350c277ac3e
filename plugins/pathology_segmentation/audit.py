"""Findings about this contest's files, beside those of the kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding, KitError, parallel
from kit.wording import counted, listed

from .annotations.label import Label, cancer_fraction, is_framed
from .files import files_not_read, match_labels
from .folders import sort_files
from .reader import read
from .slide import open_slide


def audit(folder: Path) -> Iterator[Finding]:
    """Report labels without a slide, how much cancer there is, and whether patients can be identified.

    The kit reads every example itself and reports slides and labels that cannot be read.
    """
    unused = match_labels(folder, sort_files(folder)).unused
    if unused:
        message = f"{counted(len(unused), 'label')} without a slide: {listed([file.name for file in unused])}"
        yield Finding(
            "warning", "label without slide", str(unused[0].path.parent), message, "download the slides again"
        )
    others = files_not_read(folder)
    if others:
        message = f"{counted(len(others), 'file')} belong to no part: {listed(others)}"
        remedy = "move slides to train/image or test/image, labels to train/labels; unpack archives"
        yield Finding("warning", "file not read", str(folder), message, remedy)
    samples = read(folder, "train")
    found = dict(parallel.each(look, [(str(sample.x), sample.y) for sample in samples]))
    looks = {sample.id: found[position] for position, sample in enumerate(samples)}
    fractions = {name: each[0] for name, each in looks.items() if each is not None}
    framed = [name for name, each in looks.items() if each is not None and each[1]]
    yield from _cancer(fractions)
    yield from _swapped(fractions, framed)
    groups = {sample.group for sample in samples}
    if len(samples) > 1 and len(groups) == len(samples):
        message = "no two slides have names of the same patient, so each slide is its own group"
        remedy = "if some belong to one patient, list them in groups.csv (ImageId,group): otherwise a split leaks"
        yield Finding("note", "patients", "train", message, remedy)
    elif len(samples) > 1 and len(groups) == 1:
        message = f"all {len(samples):,} slides have names of one patient, so none can be held out"
        remedy = "if they are of several patients, list them in groups.csv (ImageId,group)"
        yield Finding("warning", "patients", "train", message, remedy)


def look(path: str, label: Label) -> tuple[float, bool] | None:
    """The fraction of a slide that is cancer, and whether its mask is framed; None where it cannot be read."""
    try:
        slide = open_slide(path)
        return cancer_fraction(label, slide), is_framed(label, slide)
    except KitError:
        return None


def _cancer(fractions: dict[str, float]) -> Iterator[Finding]:
    """Report how much cancer there is, and no cancer at all."""
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


def _swapped(fractions: dict[str, float], framed: list[str]) -> Iterator[Finding]:
    """Report masks whose black and white may be swapped."""
    full = [name for name, fraction in fractions.items() if fraction > 0.98]
    if full:
        message = f"{counted(len(full), 'mask')} with cancer almost everywhere: {listed(full)}"
        yield Finding("warning", "full mask", "train", message, "look at them: are white and black swapped?")
    framed = [name for name in framed if 0.5 < fractions[name] <= 0.98]
    if framed:
        message = f"{counted(len(framed), 'mask')} with cancer at all edges and less inside: {listed(framed)}"
        yield Finding("warning", "framed mask", "train", message, "look at them: are white and black swapped?")
