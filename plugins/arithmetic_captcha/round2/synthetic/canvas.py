"""Draw round 2's images: lines of text on a large canvas, a stacked fraction, coloured dots and flat arcs.

Sizes and distances are measured on a published image of the contest: lines 121 pixels apart and about 45 high, the
fraction's characters three quarters as wide and half as high, the numerator at the left end of the bar.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...synthetic.drawing import DOT, LUMA, MASK_GAIN, OVERLAP, SMOOTH, Look, bent, paste
from ...synthetic.fonts import FONTS, HAN_FONTS, glyph
from ..grammar import HAN

HEIGHTS = (400, 500, 600, 700, 800, 900, 1000)
WIDTHS = (800, 1600, 2400, 3200, 4000)
LOOK = Look(
    800, 400, fonts=(0.8, 0.9, 1.0), sizes=tuple(range(36, 49, 3)), darkest=2, bend=(0.25, 0.27), thin_minus=True
)
BAND = 110  # height of a line's own image; its text is in the middle
PITCH = 121  # from one line's middle to the next
EDGE = 15  # pixels of canvas left and right of the text at least
DOTS = 1.7e-4  # for each pixel of the canvas
ARCS = 3


@dataclass(frozen=True)
class Line:
    """A line's coverage, uint8 (110, W), and the position x of each character, in reading order.

    It is the character's middle; in a fraction, positions are shifted so that they keep the reading order.
    """

    cover: np.ndarray
    middles: tuple[float, ...]


@dataclass(frozen=True)
class Layout:
    """What an image shows before it is painted: its coverage, uint8 (H, W), its first line's top, and the positions x.

    The band of line n, 110 rows, begins 121 n rows below the top.
    """

    cover: np.ndarray
    top: int
    middles: tuple[tuple[float, ...], ...]

    def band(self, line: int) -> slice:
        """Return the rows of a line's band."""
        return slice(self.top + line * PITCH, self.top + line * PITCH + BAND)


@dataclass(frozen=True)
class Drawing:
    """An image uint8 (H, W, 3) RGB, and the positions x of each line's characters."""

    image: np.ndarray
    middles: tuple[tuple[float, ...], ...]


def draw(text: str, rng: np.random.Generator, *, tight: bool = False) -> Drawing:
    """Draw a text on a canvas of the contest's sizes, or with ``tight`` on one that is only as large as needed."""
    layout = lay_out(text, rng, tight=tight)
    return Drawing(paint(layout, rng), layout.middles)


def lay_out(text: str, rng: np.random.Generator, *, tight: bool = False) -> Layout:
    """Draw a text's lines and put them somewhere on a canvas."""
    lines = [_line(line, rng) for line in text.split(";")]
    wide, high = max(line.cover.shape[1] for line in lines), BAND + PITCH * (len(lines) - 1)
    if tight:
        size = (high + int(rng.integers(0, 60)), wide + 2 * EDGE + int(rng.integers(0, 200)))
    else:
        size = (int(rng.choice(HEIGHTS)), int(rng.choice(WIDTHS)))
        if wide > size[1] - 2 * EDGE:
            lines = [_squeezed(line, (size[1] - 2 * EDGE) / wide) for line in lines]
            wide = size[1] - 2 * EDGE
    top, left = int(rng.integers(size[0] - high + 1)), int(rng.integers(EDGE, size[1] - EDGE - wide + 1))
    cover, middles = np.zeros(size, np.uint8), []
    for number, line in enumerate(lines):
        x = left + int(rng.integers(0, min(EDGE, size[1] - left - line.cover.shape[1]) + 1))
        y = top + number * PITCH
        cover[y : y + BAND, x : x + line.cover.shape[1]] = line.cover
        middles.append(tuple(x + middle for middle in line.middles))
    return Layout(cover, top, tuple(middles))


def paint(layout: Layout, rng: np.random.Generator) -> np.ndarray:
    """Paint the coverage in random colours and add noise, uint8 (H, W, 3) RGB."""
    cover, rows = layout.cover, slice(layout.top, layout.band(len(layout.middles) - 1).stop)  # only these have text
    back, ink = rng.integers(238, 256, 3), rng.integers(LOOK.darkest, 201, 3)
    coverage = np.arange(256)[:, None] / 255
    opacity = np.minimum(1.0, MASK_GAIN / 255 * float(ink @ LUMA) * coverage)
    colours = (back * (1 - opacity) + ink * coverage * opacity).astype(np.uint8)  # (256, 3)
    image = np.empty((*cover.shape, 3), np.uint8)
    image[:] = colours[0]
    text = cover[rows]
    image[rows] = cv2.LUT(cv2.merge([text, text, text]), colours[None])
    _dots(image, rng)
    for _ in range(ARCS):
        _arc(image, rows, rng)
    image[rows] = cv2.filter2D(image[rows], -1, SMOOTH)
    return image


def _line(line: str, rng: np.random.Generator) -> Line:
    """Draw one line. A fraction ``character/number`` is stacked."""
    if "/" not in line:
        return _row(line, rng)
    slash = line.index("/")
    end = next((k for k in range(slash + 1, len(line)) if not line[k].isdigit()), len(line))
    parts = [
        _row(line[: slash - 1], rng),
        _fraction(line[slash - 1], line[slash + 1 : end], rng),
        _row(line[end:], rng),
    ]
    parts = [part for part in parts if part.middles]
    cover, middles, left = [], [], 0
    for part in parts:
        cover.append(part.cover)
        middles += [left + middle for middle in part.middles]
        left += part.cover.shape[1]
    return Line(np.concatenate(cover, axis=1), tuple(middles))


def _row(text: str, rng: np.random.Generator, *, wide: float = 1.0, high: float = 1.0) -> Line:
    """Draw characters side by side in the middle of a band, scaled by these factors."""
    if not text:
        return Line(np.zeros((BAND, 0), np.uint8), ())
    pieces = [
        _piece(character, chance) for character, chance in zip(text, rng.random((len(text), 11)).tolist(), strict=True)
    ]
    if (wide, high) != (1.0, 1.0):
        pieces = [_scaled(piece, wide, high) for piece in pieces]
    average = sum(piece.shape[1] for piece in pieces) // len(pieces)
    cover = np.zeros((BAND, sum(piece.shape[1] for piece in pieces)), np.uint8)
    left, middles = 0, []
    for piece, back in zip(pieces, rng.integers(int(OVERLAP * average) + 1, size=len(pieces)).tolist(), strict=True):
        paste(cover, piece, left)
        middles.append(left + piece.shape[1] / 2)
        end = left + piece.shape[1]
        left = end - back
    return Line(cover[:, :end], tuple(middles))


def _piece(character: str, chance: list[float]) -> np.ndarray:
    size = LOOK.sizes[int(chance[1] * len(LOOK.sizes))]
    if character in HAN:
        font = len(FONTS) + int(chance[0] * len(HAN_FONTS))
    else:
        font = sum(chance[0] >= edge for edge in LOOK.fonts[: len(FONTS) - 1])
    return bent(glyph(character, font, size), LOOK, chance, flat=character == "-")


def _fraction(numerator: str, denominator: str, rng: np.random.Generator) -> Line:
    """Draw a character above a number; the reading order is character, bar, digits.

    The character's position is its left edge and the bar's is the character's middle, so that both come before the
    first digit, which is below them.
    """
    wide, high = float(rng.uniform(0.65, 0.85)), float(rng.uniform(0.48, 0.62))
    below = _row(denominator, rng, wide=wide, high=high)
    above = _row(numerator, rng, wide=float(rng.uniform(0.65, 0.9)), high=float(rng.uniform(0.42, 0.62)))
    width = max(above.cover.shape[1], below.cover.shape[1]) + int(rng.integers(8, 32))
    cover = np.zeros((BAND, width), np.uint8)
    shift = int(rng.integers(0, 8))
    _lay(cover, above.cover, 0, -int(rng.integers(8, 19)), bottom=True)
    _lay(cover, below.cover, shift, int(rng.integers(3, 8)), bottom=False)
    thick = int(rng.integers(2, 5))
    cover[BAND // 2 - thick // 2 : BAND // 2 - thick // 2 + thick] = 255
    return Line(cover, (0.0, above.middles[0], *(shift + middle for middle in below.middles)))


def _lay(cover: np.ndarray, row: np.ndarray, left: int, distance: int, *, bottom: bool) -> None:
    """Paint a row of characters at a distance from the band's middle, measured from the row's bottom or its top."""
    filled = np.flatnonzero(row.max(axis=1) > 40)
    ink = row[filled[0] : filled[-1] + 1]
    top = BAND // 2 + distance - (len(ink) if bottom else 0)
    ink = ink[max(0, -top) : max(0, -top) + BAND - max(0, top)]
    target = cover[max(0, top) : max(0, top) + len(ink), left : left + ink.shape[1]]
    np.maximum(target, ink[:, : target.shape[1]], out=target)


def _scaled(piece: np.ndarray, wide: float, high: float) -> np.ndarray:
    size = max(3, round(piece.shape[1] * wide)), max(3, round(piece.shape[0] * high))
    return np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA))


def _squeezed(line: Line, factor: float) -> Line:
    width = int(line.cover.shape[1] * factor)
    cover = cv2.resize(line.cover, (width, BAND), interpolation=cv2.INTER_AREA)
    return Line(cover, tuple(middle * factor for middle in line.middles))


def _dots(image: np.ndarray, rng: np.random.Generator) -> None:
    """Draw dots of all colours, a little larger than the library's."""
    height, width = image.shape[:2]
    count = int(height * width * DOTS)
    dots = rng.integers(0, (width, height), (count, 2))[:, None] + DOT
    colours = np.repeat(rng.integers(0, 200, (count, 1, 3)), len(DOT), axis=1)
    dots, colours = dots.reshape(-1, 2), colours.reshape(-1, 3)
    inside = ((dots >= 0) & (dots < (width, height))).all(axis=1)
    x, y = dots[inside].T
    image[y, x] = colours[inside]


def _arc(image: np.ndarray, rows: slice, rng: np.random.Generator) -> None:
    """Draw a thin, flat, coloured arc from the left part of the canvas to beyond its right edge."""
    height, width = image.shape[:2]
    first, last = int(rng.integers(width // 3 + 1)), int(rng.integers(width, 2 * width))
    y = int(rng.integers(rows.start, min(height, rows.stop)))
    radii = (last - first) // 2, int(rng.integers(1, 18))
    colour = rng.integers(60, 225, 3).tolist()
    cv2.ellipse(image, ((first + last) // 2, y), radii, 0, int(rng.integers(21)), int(rng.integers(160, 201)), colour)
