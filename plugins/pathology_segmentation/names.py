"""Match file names to slides: with the additions of annotation tools, another case, another form of accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .slide.formats import is_slide

# What annotation tools and data sets add to a slide's name: a.tiff.svg, a_mask.png, a-labels.geojson, a.region.png
ADDED = re.compile(
    r"(.+?)[ ._-](?:masks?|labels?|labelled|annotations?|anno|seg|segmentation|gt|region|outlines?)", re.IGNORECASE
)


class SlideNames:
    """Match file names to a set of slides."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact = {_composed(name): name for name in names}
        self._folded: dict[str, str | None] = {}
        for key, name in self._exact.items():  # slides that differ only in case cannot be matched without it
            self._folded[key.casefold()] = None if key.casefold() in self._folded else name

    def slide_of(self, file_name: str) -> str | None:
        """Return the slide of a file ``NAME.suffix``, up to case, accents and additions; None without a match."""
        return next(filter(None, map(self._find, _spellings(file_name))), None)

    def extended(self, file_name: str) -> str | None:
        """Return the slide whose name a file's name extends, as in ``NAME_mask.png``; None for a plain name."""
        plain, *others = _spellings(file_name)
        return next(filter(None, map(self._find, others)), None) if self._find(plain) in (None, plain) else None

    def resembling(self, file_name: str) -> str | None:
        """Return a slide whose name is a prefix of a file's name that ends with a word; None without a match."""
        stem = _spellings(file_name)[0].casefold()
        for end in range(len(stem), 0, -1):
            if (end == len(stem) or not stem[end].isalnum()) and self._folded.get(stem[:end]):
                return self._folded[stem[:end]]
        return None

    def _find(self, name: str) -> str | None:
        return self._exact.get(name) or self._folded.get(name.casefold())


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _spellings(file_name: str) -> list[str]:
    """List possible slide names: without the suffix, without the slide's suffix, without a tool's addition."""
    stem = _composed(file_name)
    stem = stem.rpartition(".")[0] or stem
    found = [stem]
    if is_slide(stem):
        found.append(stem.rpartition(".")[0])
    if match := ADDED.fullmatch(found[-1]):
        found.append(match[1])
    return found
