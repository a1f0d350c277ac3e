"""What the kit's own audit does not look for: images whose file says more than its pixels, and labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import Finding

from .places import images, locate

KINDS = {3: "palette image", 4: "transparent image", 6: "transparent image"}
MEANINGS = {
    "palette image": "a palette, read as the colours it stands for",
    "transparent image": "an opacity, read as lying on white",
}
SHOWN = 8


def arithmetic(folder: Path) -> Iterator[Finding]:
    """Name images with a palette or an opacity: the contest has none."""
    for part in ("train", "test"):
        named: dict[str, list[str]] = {}
        for path in images(locate(Path(folder), part)):
            if kind := _kind(path):
                named.setdefault(kind, []).append(path.name)
        for kind, names in named.items():
            more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
            message = f"{len(names):,} images have {MEANINGS[kind]}: {', '.join(names[:SHOWN])}{more}"
            yield Finding("warning", kind, part, message, "make sure that they look as they should")


text = arithmetic


def _kind(path: Path) -> str | None:
    """What the header of a PNG file declares beyond grey and colour (PNG specification, IHDR)."""
    with path.open("rb") as file:
        head = file.read(26)
    return KINDS.get(head[25]) if head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) == 26 else None
