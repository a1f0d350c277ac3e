"""Characters as masks, rendered once for each font and size."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit import KitError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = (
    ("captcha", "data/DroidSansMono.ttf"),
    ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf"),
    ("matplotlib", "mpl-data/fonts/ttf/DejaVuSerif.ttf"),
)
"""(package, path inside it): the captcha library's own font first, then two of other kinds."""
HAN_FONTS = (
    ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
)
"""Round 2's Chinese characters: one font without serifs, one with."""


@dataclass(frozen=True)
class Glyph:
    """A character in one font and size.

    ``mask``, uint8 (h, w), is its tight bounding box; ``width`` and ``height`` are the size that the captcha library
    stretches it to.
    """

    mask: np.ndarray
    width: int
    height: int


@lru_cache(maxsize=4096)
def glyph(character: str, font: int, size: int) -> Glyph:
    """Render a character; ``font`` counts in :data:`FONTS`, then :data:`HAN_FONTS`. The mask of a space is empty."""
    from PIL import Image, ImageDraw

    face = _face(font, size)
    _, _, right, bottom = face.getbbox(character)
    width, height = max(1, round(right)), max(1, round(bottom))
    image = Image.new("L", (2 * width + 8, 2 * height + 8))
    ImageDraw.Draw(image).text((4, 4), character, font=face, fill=255)
    box = image.getbbox()
    mask = np.asarray(image.crop(box)) if box else np.zeros((0, 0), np.uint8)
    return Glyph(mask, width, height)


@lru_cache(maxsize=32)
def _face(font: int, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path(*(FONTS + HAN_FONTS)[font])), size)


def font_path(package: str, inside: str) -> Path:
    """Find a font file that a package carries, without importing the package."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder, inside)).is_file():
            return path
    raise KitError(
        f"the font {Path(inside).name} is missing: it comes with the package {package}",
        remedy=f"pip install {package.replace('_', '-')}",
    )


def han_properties(size: float) -> Any:
    """Return a font for Matplotlib that has the Chinese characters, which its own fonts lack."""
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(font_path(*HAN_FONTS[0])), size=size)
