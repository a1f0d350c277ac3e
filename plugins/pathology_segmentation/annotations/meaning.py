"""Interpret the names of outlines: cancer, something else, unnamed, or unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kit.wording import listed

from ..polygon import Shape, rasterise

Meaning = Literal["cancer", "other", "unnamed", "unknown"]

CANCER = re.compile(r"cancer|tumou?r|carcinoma|malignan|neoplas|metasta|lesion|癌|瘤|恶性|病变", re.IGNORECASE)
OTHER = re.compile(
    r"normal|benign|healthy|stroma|background|necro|lymph|immune|inflam|adipos|\bfat\b|muscle|mucosa|arti?e?fact|blood"
    r"|vessel|exclu|ignore|^other\*?$|peri-?tumou?r|(?:\b|_)(?:non|no|not|un)[ _-]*(?:cancer|tumou?r|malignan|neoplas)"
    r"|正常|良性|间质|坏死",
    re.IGNORECASE,
)
UNNAMED = re.compile(
    r"(?:none|null|default|unnamed|untitled|new|area|roi|region|annotation|outline|contour|polygon|rectangle|ellipse|"
    r"circle|freehand|shape|object|layer|mask|path|label|group)?s?\*?[ _#-]*[0-9]*(?:\.[0-9]+)?",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[0-9.]+")
SMALL_OVERLAP = 0.02  # fraction of the smaller of two outlines: hand-drawn neighbours overlap a little
SIDE = 1_000  # pixels in which an overlap is measured


@dataclass(frozen=True)
class Outline:
    """A shape and its name in the annotation file."""

    shape: Shape
    name: str = ""


def meaning_of(name: str) -> Meaning:
    """Classify the name of an outline."""
    name = name.strip()
    other = bool(OTHER.search(name))
    if CANCER.search(OTHER.sub(" ", name)):
        return "unknown" if other else "cancer"
    if other:
        return "other"
    return "unnamed" if UNNAMED.fullmatch(name) and not NUMBER.fullmatch(name) else "unknown"


def cancer_among(outlines: Sequence[Outline]) -> list[Shape]:
    """Choose the shapes of cancer. Raises ValueError where the names are ambiguous.

    Outlines without names are cancer if no outline has a name, as in the contest's own files. Outlines of something
    else are ignored; one that overlaps cancer is ambiguous.
    """
    kept = [outline for outline in outlines if outline.shape.rings]
    meanings = [meaning_of(outline.name) for outline in kept if not outline.shape.negative]
    names = sorted({outline.name.strip() for outline in kept if not outline.shape.negative})
    if "unknown" in meanings:
        unclear = [name for name in names if meaning_of(name) == "unknown"]
        raise ValueError(f"outlines named {listed(unclear)}: whether they are cancer is not certain")
    if "unnamed" in meanings and len(set(meanings)) > 1:
        raise ValueError(f"outlines with and without a name: {listed([name or '(none)' for name in names])}")
    cancer = [o.shape for o in kept if o.shape.negative or meaning_of(o.name) in ("cancer", "unnamed")]
    for outline in kept:
        if not outline.shape.negative and meaning_of(outline.name) == "other":
            _refuse_overlap(outline, cancer)
    return cancer


def _refuse_overlap(other: Outline, cancer: Sequence[Shape]) -> None:
    for shape in cancer:
        low = np.maximum(shape.bounds[0], other.shape.bounds[0])
        high = np.minimum(shape.bounds[1], other.shape.bounds[1])
        if shape.negative or (high <= low).any():
            continue
        if _overlap(shape, other.shape) > SMALL_OVERLAP:
            raise ValueError(
                f"an outline of {other.name.strip()!r} overlaps one of cancer: which counts is not certain"
            )


def _overlap(first: Shape, second: Shape) -> float:
    """Estimate which fraction of the smaller shape the other covers."""
    bounds = np.stack([first.bounds, second.bounds])
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    scale = SIDE / max(float((high - low).max()), 1e-9)
    masks = [
        rasterise([replace(shape, rings=tuple((ring - low) * scale for ring in shape.rings))], 0, SIDE, 0, SIDE)
        for shape in (first, second)
    ]
    smaller = min(mask.sum() for mask in masks)
    return float((masks[0] & masks[1]).sum() / smaller) if smaller else 0.0
