"""What the kit's own audit does not look for: images whose file says more than its pixels, and labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kit import Finding

from .places import FINAL_NAMES, images, locate

KINDS = {3: "palette image", 4: "transparent image", 6: "transparent image"}
MEANINGS = {
    "palette image": "a palette, read as the colours it stands for",
    "transparent image": "an opacity, read as lying on white",
}
SHOWN = 8
TRIED = 120  # images of a part whose lines are looked for: all of the contest's would take an hour


def arithmetic(folder: Path) -> Iterator[Finding]:
    """Name images with a palette or an opacity: the contest has none."""
    for part in ("train", "test"):
        yield from _kinds(images(locate(Path(folder), part)), part)


text = arithmetic


def final(folder: Path) -> Iterator[Finding]:
    """Name images with a palette or an opacity, those whose lines are not found, and labels with another value."""
    for part in ("train", "test"):
        paths = images(locate(Path(folder), part, FINAL_NAMES))
        yield from _kinds(paths, part)
        yield from _lines(paths, part)
    yield from _values(Path(folder))


def _kinds(paths: Sequence[Path], part: str) -> Iterator[Finding]:
    named: dict[str, list[str]] = {}
    for path in paths:
        if kind := _kind(path):
            named.setdefault(kind, []).append(path.name)
    for kind, names in named.items():
        message = f"{len(names):,} images have {MEANINGS[kind]}: {_listed(names)}"
        yield Finding("warning", kind, part, message, "make sure that they look as they should")


def _lines(paths: Sequence[Path], part: str) -> Iterator[Finding]:
    """Look for the lines of some images, evenly spaced."""
    from . import image, strip

    tried = [paths[k] for k in np.unique(np.linspace(0, len(paths) - 1, min(TRIED, len(paths))).astype(int))]
    found = {path.name: len(strip.find(image.read_any(path))) for path in tried}
    for count, meaning in ((0, "no line of text"), (1, "one line of text alone")):
        if names := [name for name, lines in found.items() if lines == count]:
            message = f"{len(names):,} of {len(tried):,} images tried show {meaning}: {_listed(names)}"
            yield Finding("warning", "lines not found", part, message, "look at them: they will be read wrongly")


def _values(folder: Path) -> Iterator[Finding]:
    """Compare the labels' values with the exact ones; the contest's own overflow in places and are not scored."""
    from . import final, worth
    from .reader import labels_beside

    path = labels_beside(folder, locate(folder, "train", FINAL_NAMES))
    rows = enumerate(final.rows(path, None), start=1)
    wrong = [str(number) for number, (label, cell) in rows if cell and not worth.follows(label, cell)]
    if wrong:
        message = f"{len(wrong):,} values do not follow from their texts, in lines {_listed(wrong)}"
        yield Finding(
            "warning", "other values", "train", message, "nothing to do: values are neither learnt nor scored"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def _kind(path: Path) -> str | None:
    """What the header of a PNG file declares beyond grey and colour (PNG specification, IHDR)."""
    with path.open("rb") as file:
        head = file.read(26)
    return KINDS.get(head[25]) if head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) == 26 else None
