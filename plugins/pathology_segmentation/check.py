"""Check a submission against the slides: no run may end beyond its slide. Only the slides' headers are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Fault, Table

from .reader import read
from .rle import from_text
from .slide import open_slide


def faults(folder: Path, table: Table) -> Iterator[Fault]:
    """Yield a fault for each row of a well-formed submission whose runs end beyond its slide's last pixel."""
    slides = {sample.id: str(sample.x) for sample in read(folder, "test")}
    for name, text, line in zip(table["ImageId"], table["EncodedPixels"], table.lines, strict=True):
        if not text or name not in slides:
            continue
        start, length = from_text(text)[-1]
        slide = open_slide(slides[name])
        if start + length - 1 > slide.height * slide.width:
            yield Fault(
                "rule",
                int(line),
                str(name),
                f"runs within the slide's {slide.width} x {slide.height} = {slide.width * slide.height} pixels",
                f"{start} {length}, which ends at pixel {start + length - 1}",
                "encode the mask at the slide's own size, down the columns",
            )
