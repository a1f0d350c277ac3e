"""What only somebody who knows this contest looks for in its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding, KitError

from .label import whole_mask
from .layout import strangers
from .reader import read
from .slide import open_slide

SHOWN = 5


def audit(folder: Path) -> Iterator[Finding]:
    """Find labels without a slide, how much cancer there is, and whether patients are known.

    Slides and labels that cannot be read are found by the kit, which reads every example.
    """
    lost = strangers(folder)
    if lost:
        message = f"{len(lost):,} labels belong to no slide: {_listed([path.name for path in lost])}"
        yield Finding("warning", "label without slide", str(lost[0].parent), message, "download the slides again")
    samples = read(folder, "train")
    shares = {}
    for sample in samples:
        try:
            shares[sample.id] = float(whole_mask(sample.y, open_slide(str(sample.x))).mean())
        except KitError:
            continue
    yield from _cancer(shares)
    if len(samples) > 1 and len({sample.group for sample in samples}) == len(samples):
        message = "no two slides have names of one patient, so each is its own group"
        remedy = "if some are of one patient, name them PATIENT1_1, PATIENT1_2: else a split leaks"
        yield Finding("note", "patients", "train", message, remedy)


def _cancer(shares: dict[str, float]) -> Iterator[Finding]:
    if not shares:
        return
    sick = [share for share in shares.values() if share > 0]
    whole = sum(shares.values()) / len(shares)
    yield Finding(
        "note", "cancer", "train", f"{len(sick):,} of {len(shares):,} slides have cancer, {whole:.1%} of pixels"
    )
    if not sick:
        yield Finding("error", "no cancer", "train", "no slide has an outline", "are the labels in the right folder?")
    full = [name for name, share in shares.items() if share > 0.98]
    if full:
        message = f"{len(full):,} masks are cancer all over: {_listed(full)}"
        yield Finding("warning", "full mask", "train", message, "look at them: are white and black exchanged?")


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN:,} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more
