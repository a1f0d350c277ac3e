"""Draw captchas as the captcha library does, but several times faster.

The library renders every character with Pillow, then rotates, stretches and bends it in three steps. Here each
character is rendered once for each font and size, and one perspective map does all three steps. The look is the same:
characters rotated by up to 30 degrees, stretched to the height of the line and bent, sometimes with gaps between them,
the line squeezed into the image, dots, and sometimes a curve. All randomness comes from the generator that is passed
in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .fonts import FONTS, Glyph, glyph

TURN = math.radians(30)
GAP = 0.5  # probability of a space before a character, in images with gaps
OVERLAP = 0.25  # of a mean character's width
MASK_GAIN = 1.97  # the library's table from a character's luminance to its opacity
SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13  # Pillow's filter of that name
LUMA = np.array([0.299, 0.587, 0.114])
DOT = np.array([(0, 0), (-1, -1), (0, -1), (-1, 0), (1, 0), (0, 1), (-1, -2), (-2, -1)])  # (x, y) of a dot's pixels


@dataclass(frozen=True)
class Look:
    """The look of a kind of captcha, and its size in pixels.

    ``fonts`` are the cumulative weights of :data:`~.fonts.FONTS`; ``gaps`` and ``curve`` the probabilities of spaces
    between characters and of a curve of noise; ``dots`` the range of the number of dots; ``darkest`` the lowest value
    of an ink's channels; ``bend`` how far a corner moves at most, as a fraction of the character's width and height;
    ``thin_minus`` keeps ``-`` a thin dash instead of a bar.
    """

    width: int
    height: int
    fonts: tuple[float, ...] = (1.0, 1.0, 1.0)
    sizes: tuple[int, ...] = (42, 50, 56)
    gaps: float = 1.0
    curve: float = 1.0
    dots: tuple[int, int] = (30, 30)
    darkest: int = 10
    bend: tuple[float, float] = (0.2, 0.1)
    thin_minus: bool = False


ROUND_1 = Look(
    180,
    60,
    fonts=(0.8, 0.9, 1.0),
    sizes=tuple(range(35, 57, 3)),
    gaps=0.25,
    curve=0.2,
    dots=(10, 30),
    darkest=2,
    bend=(0.25, 0.27),
    thin_minus=True,
)
TEXT = Look(170, 80)


def draw(text: str, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Draw a text, uint8 (height, width, 3) RGB."""
    back, ink = rng.integers(238, 256, 3), rng.integers(look.darkest, 201, 3)
    coverage = _line(text, look, rng)  # (H, W) uint8
    # The library uses a character's luminance as its opacity, which makes dark inks faint.
    fraction = np.arange(256)[:, None] / 255
    opacity = np.minimum(1.0, MASK_GAIN / 255 * float(ink @ LUMA) * fraction)
    colours = (back * (1 - opacity) + ink * fraction * opacity).astype(np.uint8)  # (256, 3)
    image = cv2.LUT(cv2.merge([coverage, coverage, coverage]), colours[None])
    _dots(image, ink, int(rng.integers(look.dots[0], look.dots[1] + 1)), rng)
    if rng.random() < look.curve:
        _curve(image, ink, rng)
    inner = cv2.filter2D(image, -1, SMOOTH)
    image[1:-1, 1:-1] = inner[1:-1, 1:-1]
    return np.asarray(image)


def _line(text: str, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Return the coverage, uint8 (H, W), of a line of characters, squeezed to the image's width if it is longer."""
    gaps = rng.random() < look.gaps
    pieces: list[np.ndarray] = []
    for character, chance in zip(text, rng.random((len(text), 11)).tolist(), strict=True):
        if gaps and chance[10] > GAP:
            pieces.append(np.zeros((1, _glyph(" ", look, chance).width), np.uint8))
        pieces.append(bent(_glyph(character, look, chance), look, chance, flat=character == "-" and look.thin_minus))
    total = sum(piece.shape[1] for piece in pieces)
    average = total // len(text)
    canvas = np.zeros((look.height, max(total, look.width)), np.uint8)
    left = int(0.1 * average)
    for piece, back in zip(pieces, rng.integers(int(OVERLAP * average) + 1, size=len(pieces)).tolist(), strict=True):
        paste(canvas, piece, left)
        left += piece.shape[1] - back
    if total > look.width:
        canvas = cv2.resize(canvas, (look.width, look.height), interpolation=cv2.INTER_AREA)
    return canvas


def _glyph(character: str, look: Look, chance: list[float]) -> Glyph:
    font = sum(chance[0] >= edge for edge in look.fonts[: len(FONTS) - 1])
    return glyph(character, font, look.sizes[int(chance[1] * len(look.sizes))])


def bent(shape: Glyph, look: Look, chance: list[float], *, flat: bool) -> np.ndarray:
    """Return a character that is rotated, stretched and bent, uint8 (height, width); with ``flat`` only rotated."""
    angle = TURN * (2 * chance[2] - 1)
    cos, sin = math.cos(angle), math.sin(angle)
    rows, columns = shape.mask.shape
    turned = columns * cos + rows * abs(sin), columns * abs(sin) + rows * cos
    width, height = (max(3, round(side)) for side in turned) if flat else (shape.width, shape.height)
    reach = (0.0, 0.0) if flat else (width * look.bend[0] * chance[3], height * look.bend[1] * chance[4])
    x1, x2, y1, y2 = ((2 * chance[5 + i] - 1) * reach[i // 2] for i in range(4))
    wide, high = width + abs(x1) + abs(x2), height + abs(y1) + abs(y2)
    corners = ((x1, y1), (-x1, high - y2), (wide + x2, high + y2), (wide - x2, -y1))  # of the stretched character
    source = np.empty((4, 2), np.float32)
    for number, (across, down) in enumerate(corners):
        x, y = (across / wide - 0.5) * turned[0], (down / high - 0.5) * turned[1]
        source[number] = cos * x - sin * y + columns / 2 - 0.5, sin * x + cos * y + rows / 2 - 0.5
    target = np.array([(0, 0), (0, height), (width, height), (width, 0)], np.float32) - 0.5
    inverse = cv2.getPerspectiveTransform(target, source)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(shape.mask, inverse, (width, height), flags=flags))


def paste(canvas: np.ndarray, piece: np.ndarray, left: int) -> None:
    """Paint a piece over the canvas, vertically centred; parts beyond the canvas are cut off."""
    top = (canvas.shape[0] - piece.shape[0]) // 2
    piece = piece[max(0, -top) : max(0, -top) + canvas.shape[0]]
    target = canvas[max(0, top) : max(0, top) + len(piece), left : left + piece.shape[1]]
    np.maximum(target, piece[:, : target.shape[1]], out=target)


def _dots(image: np.ndarray, ink: np.ndarray, count: int, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    dots = (rng.integers(0, (width + 1, height + 1), (count, 2))[:, None] + DOT).reshape(-1, 2)
    inside = ((dots >= 0) & (dots < (width, height))).all(axis=1)
    x, y = dots[inside].T
    image[y, x] = ink


def _curve(image: np.ndarray, ink: np.ndarray, rng: np.random.Generator) -> None:
    """Draw an arc of an ellipse from one end of the image to the other."""
    height, width = image.shape[:2]
    x1, x2 = int(rng.integers(width // 5 + 1)), int(rng.integers(width - width // 5, width + 1))
    y1 = int(rng.integers(height // 5, height - height // 5))
    y2 = int(rng.integers(y1, height - height // 5 + 1))
    start, end = int(rng.integers(21)), int(rng.integers(160, 201))
    cv2.ellipse(image, ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2), 0, start, end, ink.tolist())
