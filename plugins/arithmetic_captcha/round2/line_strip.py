"""Find the lines of text in round 2's images with OpenCV and join them into one line strip of fixed size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from kit import SampleError

HEIGHT, WIDTH = 40, 560  # of the line strip
STEP = 4  # pixels of the strip for each step of the prediction
STEPS = WIDTH // STEP
ABOVE, BELOW = 0.92, 0.7  # of a line's height, from its middle: room for most numerators and denominators
FARTHEST = 1.3  # of a line's height, from its middle: how far a line's ink is looked for; the next line is twice as far
SPECK = 0.25  # of a line's height: lower pieces of ink are noise
PADDING = 0.08  # of a line's height, beyond its ink: flat strokes were removed with the noise
MARGIN = 8  # pixels left and right of a line, in lines 45 pixels high
JOINT = 6  # pixels of the strip between two lines, with a mark in their middle
THIN = 6  # pixels: flatter ink is an arc of noise
QUARTER = 4  # lines are looked for in an image a quarter as wide and high
SMALLEST = QUARTER * 3  # pixels of an image's shorter side
DARK = 140  # equalised grey values up to this are ink
LOWEST, NARROWEST = 5, 12  # of a box in the smaller image; a line has at least two characters
FLAT, NEAR = 0.5, 0.75  # of a line's height: a flatter box is not a line; boxes with nearer middles are one line
LINES = (2, 3)


@dataclass(frozen=True)
class Box:
    """A line of text in the image, in pixels: the ends of its ink, its middle, and the height of most characters.

    ``top`` and ``bottom`` are the ends of all ink, that of a fraction included.
    """

    left: int
    right: int
    middle: float
    height: int
    top: int = 0
    bottom: int = 0


@dataclass(frozen=True)
class LineStrip:
    """Ink from 0 to 1, float32 (1, 40, 560), and the position of each line: ``x -> start + (x - left) * scale``."""

    ink: np.ndarray
    boxes: tuple[Box, ...]
    starts: tuple[float, ...]
    lefts: tuple[int, ...]
    scale: float

    def step(self, line: int, x: float) -> int:
        """Return the prediction's step for a position ``x`` in the image."""
        return min(STEPS - 1, max(0, int((self.starts[line] + (x - self.lefts[line]) * self.scale) / STEP)))


def find_lines(image: np.ndarray) -> list[Box]:
    """Find the lines of text in an image uint8 (H, W, 3) RGB, from top to bottom; an empty list if there are none.

    1. Equalise the histogram, so that a faint text counts as ink.
    2. Remove dots with a median filter, and flat arcs with an upright closing.
    3. In a smaller image, join the characters of a line with an opening and remove specks with a closing.
    4. Take the bounding boxes of contours; boxes at one height are one line.

    If the median filter also removes thin strokes, so that fewer than two lines are found, a smaller one is tried.
    """
    if min(image.shape[:2]) < SMALLEST:
        return []
    even = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    for kernel in (5, 3):
        clean = cv2.morphologyEx(cv2.medianBlur(even, kernel), cv2.MORPH_CLOSE, np.ones((THIN, 1), np.uint8))
        found = [_box(clean, *bounds) for bounds in _joined_characters(clean)]
        boxes = _merged([box for box in found if box])
        if len(boxes) >= LINES[0]:
            break
    return [_with_ends(clean, box, _line_height(boxes)) for box in boxes]


def _joined_characters(clean: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Return the bounds (x, y, width, height) of joined characters."""
    small = cv2.resize(clean, (clean.shape[1] // QUARTER, clean.shape[0] // QUARTER), interpolation=cv2.INTER_AREA)
    joined = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((3, 13), np.uint8), borderValue=255)
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((4, 4), np.uint8))
    ink = cv2.threshold(joined, DARK, 255, cv2.THRESH_BINARY_INV)[1]
    outlines, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [cv2.boundingRect(outline) for outline in outlines]
    return [
        (x * QUARTER, y * QUARTER, w * QUARTER, h * QUARTER) for x, y, w, h in boxes if h >= LOWEST and w >= NARROWEST
    ]


def _box(clean: np.ndarray, x: int, y: int, width: int, height: int) -> Box | None:
    """Fit a box to a line's ink. Its middle is the median over columns, so that a fraction does not move it."""
    around = QUARTER * 2
    x, y = max(0, x - around), max(0, y - around)
    ink = clean[y : y + height + 2 * around, x : x + width + 2 * around] < DARK
    columns = np.flatnonzero(ink.any(axis=0))
    if not len(columns):
        return None
    rows = np.arange(len(ink))[:, None]
    middles = (ink * rows).sum(axis=0)[columns] / ink.sum(axis=0)[columns]
    middle = float(np.median(middles))
    reach = np.abs(np.where(ink, rows, middle) - middle)[:, columns].max(axis=0)  # of each column's ink
    high = int(2 * np.percentile(reach, 75)) + 1
    return Box(x + int(columns[0]), x + int(columns[-1]) + 1, y + middle, high)


def _with_ends(clean: np.ndarray, box: Box, height: float) -> Box:
    """Find the first and the last row of a line's ink: of its pieces that are not specks, numerators among them."""
    above, below = max(0, round(box.middle - FARTHEST * height)), round(box.middle + FARTHEST * height)
    ink = (clean[above:below, box.left : box.right] < DARK).astype(np.uint8)
    pieces = cv2.connectedComponentsWithStats(ink)[2][1:]  # without the paper: x, y, width, height, pixels
    pieces = pieces[pieces[:, cv2.CC_STAT_HEIGHT] >= SPECK * height]
    if not len(pieces):
        return replace(box, top=round(box.middle), bottom=round(box.middle))
    tops = pieces[:, cv2.CC_STAT_TOP]
    bottoms = tops + pieces[:, cv2.CC_STAT_HEIGHT]
    return replace(box, top=above + int(tops.min()), bottom=above + int(bottoms.max()))


def _line_height(boxes: list[Box]) -> float:
    """Return the height of the lines' characters; the last line has a fraction, which may be higher."""
    return float(np.median([box.height for box in boxes[:-1] or boxes] or [0]))


def _merged(boxes: list[Box]) -> list[Box]:
    """Return one box for each line: join pieces at one height, drop arcs that are close together, keep the widest."""
    if not boxes:
        return []
    tallest = max(box.height for box in boxes)
    height = float(np.median([box.height for box in boxes if box.height >= FLAT * tallest]))
    lines: list[Box] = []
    for box in sorted(boxes, key=lambda box: (box.height < FLAT * height, box.left - box.right)):
        for number, line in enumerate(lines):
            if abs(box.middle - line.middle) < NEAR * height:
                left, right = min(box.left, line.left), max(box.right, line.right)
                lines[number] = Box(left, right, line.middle, line.height)
                break
        else:
            lines += [box] if box.height >= FLAT * height else []
    return sorted(lines[: LINES[1]], key=lambda line: line.middle)


def join_lines(image: np.ndarray, boxes: list[Box], widest: float = 1.0) -> LineStrip:
    """Join the lines of an image (H, W, 3) RGB from left to right, at one scale, with marks between them.

    Lines too long for the strip are narrowed; shorter ones may be widened up to ``widest`` times to fill it.
    A line with a fraction that is higher than most is squeezed to the strip's height, so that nothing is cut off.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height = _line_height(boxes)
    paper = float(np.median(grey[::7, ::7]))
    cut, lefts = [], []
    for box in boxes:
        margin = round(MARGIN * height / 45)
        lefts.append(max(0, box.left - margin))
        cut.append(_cut(grey, lefts[-1], box.right + margin, rows_of(box, height), paper))
    scale = HEIGHT / ((ABOVE + BELOW) * height)
    squeeze = min(widest, (WIDTH - JOINT * len(cut)) / (scale * sum(part.shape[1] for part in cut)))
    ink = paper - min(np.percentile(part, 3) for part in cut)
    strip, starts, left = np.zeros((HEIGHT, WIDTH), np.float32), [], 0
    for part in cut:
        width = max(1, int(part.shape[1] * scale * squeeze))
        small = cv2.resize(part, (width, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
        starts.append(float(left))
        strip[:, left : left + width] = np.clip((paper - small) / max(ink, 8.0), 0, 1)
        left += width + JOINT
        strip[:, left - JOINT // 2 - 1 : left - JOINT // 2 + 1] = 1
    return LineStrip(strip[None], tuple(boxes), tuple(starts), tuple(lefts), scale * squeeze)


def rows_of(box: Box, height: float) -> tuple[int, int]:
    """Return the first row of a line's part of the image and the one after the last, for lines of this height.

    The part is that of most lines, or larger where the line's ink is. It may reach beyond the image.
    """
    top = min(box.middle - ABOVE * height, box.top - PADDING * height)
    bottom = max(box.middle + BELOW * height, box.bottom + PADDING * height)
    return round(top), round(bottom)


def _cut(grey: np.ndarray, left: int, right: int, rows: tuple[int, int], paper: float) -> np.ndarray:
    """Return a line's part of the image, with paper beyond the image's edges."""
    top, bottom = rows
    part = grey[max(0, top) : max(0, bottom), left:right]
    above, below = max(0, -top), max(0, bottom - len(grey))
    return np.asarray(cv2.copyMakeBorder(part, above, below, 0, 0, cv2.BORDER_CONSTANT, value=paper))


def read_strip(image: np.ndarray, path: Path | str, widest: float = 1.0) -> LineStrip:
    """Find and join the lines of an image (H, W, 3) RGB. Raises SampleError, with the path, if there are none."""
    boxes = find_lines(image)
    if not boxes:
        found = f"none in {image.shape[1]}x{image.shape[0]} pixels"
        remedy = "look at the image; --skip-bad N leaves out such images in training"
        raise SampleError(
            "no lines of text were found", expected="two or three", found=found, where=path, remedy=remedy
        )
    return join_lines(image, boxes, widest)
