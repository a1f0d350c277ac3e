"""Synthetic fundus photographs. All kinds have the same colours by construction, so that only shapes tell them apart.

Drawn from the anatomy: the optic disc with its vessels, the fovea two and a half disc diameters away, and the choroid
behind it. High myopia (H, P) stretches the eye: the disc is tilted (an ellipse) and the choroid's vessels shine through
(tessellation). Pathology (P) adds a wide crescent of atrophy beside the disc and sharply bounded patches of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

Kind = Literal["P", "H", "N"]
WIDTH, HEIGHT = 288, 280  # nearly the proportions of the contest's 2124 x 2056
RADIUS = 136
CHOROID, PALE, VESSEL, PIGMENT, RIM = (
    np.array(colour, dtype=np.float32)
    for colour in ((150, 70, 30), (225, 195, 130), (95, 25, 15), (60, 30, 15), (235, 180, 110))
)

GREY = np.array((0.4, 0.4, 0.2), np.float32)
MIDDLE, SPREAD = np.array((125, 68, 42), np.float32), np.array((42, 36, 26), np.float32)


@dataclass(frozen=True)
class Eye:
    """Where things are, in pixels: ``side`` is 1 where the disc is on the right; ``tilt`` is in degrees."""

    kind: Kind
    side: int
    disc: np.ndarray
    radius: float
    aspect: float
    tilt: float
    fovea: np.ndarray


def photograph(kind: Kind, rng: np.random.Generator) -> np.ndarray:
    """Draw a photograph of this kind, uint8 RGB (280, 288, 3)."""
    eye = _eye(kind, rng)
    canvas = np.tile(CHOROID, (HEIGHT, WIDTH, 1))
    if rng.random() < {"N": 0.25, "H": 0.7, "P": 0.7}[kind]:
        _tessellation(canvas, rng)
    _blend(canvas, _gaussian(eye.fovea, eye.radius * 1.3), PIGMENT, 0.5)
    _reflexes(canvas, eye, rng)
    if kind == "P":
        _pathology(canvas, eye, rng)
    elif rng.random() < 0.5:
        _crescent(canvas, eye, rng.uniform(0.1, 0.25))  # a narrow one is not pathological
    _vessels(canvas, eye, rng)
    _blend(canvas, _ellipse(eye.disc, eye.radius, eye.aspect, eye.tilt), RIM, 0.9)
    _blend(canvas, _ellipse(eye.disc, eye.radius * 0.45, eye.aspect, eye.tilt), PALE, 0.8)
    return _exposed(canvas, rng)


def _eye(kind: Kind, rng: np.random.Generator) -> Eye:
    side = int(rng.choice((-1, 1)))
    centre = np.array([WIDTH / 2, HEIGHT / 2]) + rng.normal(0, 8, 2)
    radius = rng.uniform(15, 19)
    disc = centre + np.array([side * rng.uniform(55, 80), rng.normal(0, 8)])
    fovea = disc + radius * np.array([-side * rng.uniform(4.5, 5.5), rng.uniform(0, 0.8)])
    aspect = rng.uniform(0.88, 1.0) if kind == "N" else rng.uniform(0.6, 0.85)
    return Eye(kind, side, disc, radius, aspect, rng.uniform(-25, 25), fovea)


def _blend(canvas: np.ndarray, mask: np.ndarray, colour: np.ndarray, strength: float) -> None:
    x, y, width, height = cv2.boundingRect((mask > 0.01).astype(np.uint8))  # most marks are small
    part = canvas[y : y + height, x : x + width]
    part += (strength * mask[y : y + height, x : x + width])[..., None] * (colour - part)


def _gaussian(centre: np.ndarray, sigma: float) -> np.ndarray:
    """A soft round spot, float32 (H, W)."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    distance: np.ndarray = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
    return np.exp(-distance / (2 * sigma**2)).astype(np.float32)


def _dots(centres: list[np.ndarray], low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    """Small round spots with radii between ``low`` and ``high``, float32 (H, W)."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for centre in centres:
        place = np.round(centre * 8).astype(int).tolist()
        cv2.circle(mask, place, round(8 * rng.uniform(low, high)), 1.0, -1, cv2.LINE_AA, 3)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.8))


def _polygon(points: np.ndarray, blur: float = 1.0) -> np.ndarray:
    """A filled polygon (K, 2) with soft edges, float32 (H, W)."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.fillPoly(mask, [np.round(points * 8).astype(np.int32)], 1.0, cv2.LINE_AA, shift=3)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), blur))


def _ellipse(centre: np.ndarray, radius: float, aspect: float, tilt: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    turn = np.deg2rad(tilt)
    x, y = radius * aspect * np.cos(angle), radius * np.sin(angle)
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)
    return _polygon(centre + points)


def _lines(curves: list[tuple[np.ndarray, float]], blur: float) -> np.ndarray:
    """Curves (K, 2) with their widths as a soft mask, float32 (H, W)."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for points, width in curves:
        cv2.polylines(mask, [np.round(points * 8).astype(np.int32)], False, 1.0, max(1, round(width)), cv2.LINE_AA, 3)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), blur))


def _walk(start: np.ndarray, heading: float, steps: int, bend: float, rng: np.random.Generator) -> np.ndarray:
    """A smoothly winding path of 5-pixel steps, (steps + 1, 2)."""
    headings = heading + np.linspace(0, bend, steps) + np.cumsum(rng.normal(0, 0.09, steps))
    moves = 5 * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    return np.concatenate([start[None], start + np.cumsum(moves, axis=0)])


def _tessellation(canvas: np.ndarray, rng: np.random.Generator) -> None:
    curves = []
    for _ in range(70):
        start = rng.uniform((0, 0), (WIDTH, HEIGHT))
        curves.append((_walk(start, rng.uniform(0, 2 * np.pi), 12, rng.normal(0, 0.8), rng), rng.uniform(2, 4)))
    _blend(canvas, _lines(curves, 1.2), np.array([195, 85, 40], np.float32), rng.uniform(0.35, 0.6))


def _vessels(canvas: np.ndarray, eye: Eye, rng: np.random.Generator) -> None:
    """Two arcades above and two below, towards the fovea's side and away, each with branches."""
    curves: list[tuple[np.ndarray, float]] = []
    inward = np.pi if eye.side > 0 else 0.0
    for up in (-1, 1):
        for towards, reach in ((1, 34), (-1, 16)):
            across = inward if towards > 0 else np.pi - inward
            vertical = up * np.pi / 2
            heading = vertical + rng.normal(0, 0.15)
            # The shorter way from upwards (or downwards) to the side that the arcade bends to.
            bend = (across - vertical + np.pi) % (2 * np.pi) - np.pi
            trunk = _walk(eye.disc, heading, reach, bend * rng.uniform(0.7, 1.0), rng)
            curves.append((trunk, rng.uniform(3, 4.5)))
            for at in rng.integers(3, reach, 5):
                fork = rng.choice((-1, 1)) * rng.uniform(0.4, 0.9)
                direction = np.arctan2(*(trunk[at + 1] - trunk[at])[::-1]) + fork
                curves.append((_walk(trunk[at], direction, 14, rng.normal(0, 0.5), rng), rng.uniform(1, 2.2)))
    _blend(canvas, _lines(curves, 0.7), VESSEL, rng.uniform(0.6, 0.85))


def _reflexes(canvas: np.ndarray, eye: Eye, rng: np.random.Generator) -> None:
    """Bright things that are harmless: the sheen of young eyes around the fovea, glare at the rim, small drusen."""
    if rng.random() < 0.5:
        ring = _gaussian(eye.fovea, eye.radius * 2.6) - _gaussian(eye.fovea, eye.radius * 1.6)
        _blend(canvas, np.maximum(ring, 0), PALE, rng.uniform(0.3, 0.8))
    for _ in range(rng.integers(0, 3)):
        angle = rng.uniform(0, 2 * np.pi)
        rim = np.array([WIDTH / 2, HEIGHT / 2]) + RADIUS * np.array([np.cos(angle), np.sin(angle)])
        _blend(canvas, _gaussian(rim, rng.uniform(15, 45)), PALE, rng.uniform(0.3, 0.9))
    if rng.random() < 0.3:
        spots = [eye.fovea + rng.normal(0, 22, 2) for _ in range(rng.integers(5, 20))]
        _blend(canvas, _dots(spots, 1.5, 3, rng), PALE, 0.7)


def _crescent(canvas: np.ndarray, eye: Eye, width: float) -> None:
    """Peripapillary atrophy on the fovea's side of the disc, ``width`` in disc diameters."""
    shift = np.array([-eye.side * eye.radius * width, 0.0])
    bare = _ellipse(eye.disc + shift, eye.radius * (1 + width), max(eye.aspect, 0.8), eye.tilt)
    _blend(canvas, bare, PALE, 0.85)


def _pathology(canvas: np.ndarray, eye: Eye, rng: np.random.Generator) -> None:
    wide = rng.random() < 0.8
    if wide:
        _crescent(canvas, eye, rng.uniform(0.6, 1.3))
    for _ in range(rng.integers(0, 4) if wide else rng.integers(3, 6)):
        centre = eye.fovea + rng.normal(0, 34, 2)
        _patch(canvas, centre, rng.uniform(9, 24), rng)


def _patch(canvas: np.ndarray, centre: np.ndarray, radius: float, rng: np.random.Generator) -> None:
    """One patch of atrophy: irregular, sharply bounded, pigment at its edge and within."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    wave: Any = sum(rng.normal(0, 0.14 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in range(2, 7))
    outline = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (radius * (1 + wave))[:, None]
    _blend(canvas, _polygon(centre + outline * 1.12), PIGMENT, 0.6)
    _blend(canvas, _polygon(centre + outline), PALE, 0.9)
    specks = [centre + rng.normal(0, radius / 3, 2) for _ in range(rng.integers(1, 5))]
    _blend(canvas, _dots(specks, 2, 4, rng), PIGMENT, 0.7)


def _exposed(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, noise and colour; black around the disc.

    Pixels are ranked by brightness, and rank alone decides colour, from dark red to pale yellow as in real eyes, on a
    scale drawn without regard to what was painted: so the histogram of colours tells nothing.
    """
    light = 0.6 + 0.6 * _gaussian(rng.normal((WIDTH / 2, HEIGHT / 2), 40), rng.uniform(90, 160))
    grain = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH), np.float32), (0, 0), 1.2)
    bright = canvas @ GREY * light + 10 * grain
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    inside = (x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2 < RADIUS**2
    values = bright[inside]
    quantile = np.empty(len(values), np.float32)
    quantile[np.argsort(values)] = (np.arange(len(values)) + 0.5) / len(values)
    # A logistic distribution: its tails are long enough for the pale parts to stand out.
    level = np.log(quantile / (1 - quantile))[:, None] * rng.uniform(0.45, 0.6)
    tone = MIDDLE * rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)
    noise = rng.standard_normal((len(values), 3), np.float32) * 4
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[inside] = np.clip(tone + SPREAD * level + noise, 13, 255)
    return image
