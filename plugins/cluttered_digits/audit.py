"""Faults that only this contest's data can have: classes that are missing in a part, and images that show nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kit import Finding, Part
from kit.wording import listed

from .config import CLASSES
from .files import locate
from .reader import read

PARTS: tuple[Part, ...] = ("train", "test")


def audit(folder: Path) -> Iterator[Finding]:
    """Count the classes of the training and the validation part, and find images whose pixels are all equal."""
    name = locate(folder).name
    for part in PARTS:
        samples = read(folder, part)
        blank = [sample.id for sample in samples if np.ptp(sample.x) == 0]
        if blank:
            message = f"{part} samples {listed(blank)} show nothing: all pixels are equal"
            yield Finding("warning", "blank images", name, message, "look at these rows; the contest's file has none")
        if part == "train":
            held_out = [sample.meta.get("split") == "valid" for sample in samples]
            labels = np.array([sample.y for sample in samples])
            for key, chosen in (("y_train", ~np.array(held_out)), ("y_valid", np.array(held_out))):
                yield from _classes(name, key, labels[chosen])


def _classes(name: str, key: str, labels: np.ndarray) -> Iterator[Finding]:
    counts = np.bincount(labels, minlength=CLASSES)
    described = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(counts))
    missing = np.flatnonzero(counts == 0).tolist()
    if missing:
        message = f"no image of {key} shows {listed(missing, CLASSES)}"
        remedy = (
            "a model cannot predict a class that it never saw"
            if key == "y_train"
            else "the held-out score leaves it out"
        )
        yield Finding("warning", "missing classes", name, message, remedy)
    yield Finding("note", "class counts", name, f"{key} holds {described}")
