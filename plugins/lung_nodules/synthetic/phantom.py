"""Draw a synthetic CT of a thorax: body, ribs, spine, table, lungs with vessels, nodules and look-alikes."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .lesions import draw_lookalike, draw_nodule, draw_small_finding
from .thorax import Thorax, depth_at

LUNG = -860
HEART = (0.0, 0.36, 0.54)
"""Position of the heart's axis (z, y, x) as fractions of the volume's extent; the axis runs along z."""


def draw_thorax(rng: np.random.Generator, shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Thorax:
    """Draw a scan without noise, of ``shape`` voxels and ``spacing`` mm (z, y, x)."""
    thorax = _draw_body(Canvas(shape, spacing), rng)
    for side in (0, 1):
        _draw_vessels(thorax, side, rng)
    for _ in range(rng.poisson(6)):
        draw_lookalike(thorax, rng)
    for _ in range(3 + rng.poisson(3)):
        draw_nodule(thorax, rng)
    for _ in range(rng.poisson(3)):
        draw_small_finding(thorax, rng)
    return thorax


def add_noise(hu: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur HU (z, y, x) as a scanner does, add white and correlated noise, round to int16."""
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(hu, (0.3, 0.45, 0.45))
    white = rng.standard_normal(hu.shape, np.float32)
    grain = ndimage.gaussian_filter(rng.standard_normal(hu.shape, np.float32), (0.0, 0.8, 0.8)) * 2.8
    noisy: np.ndarray = np.round(blurred + rng.uniform(14, 26) * (0.6 * white + 0.8 * grain)).astype(np.int16)
    return noisy


def _draw_body(canvas: Canvas, rng: np.random.Generator) -> Thorax:
    _, height, width = canvas.extent
    z, y, x = np.ogrid[: canvas.shape[0], : canvas.shape[1], : canvas.shape[2]]
    axes = zip((z, y, x), canvas.spacing, canvas.extent, strict=True)
    z, y, x = ((axis * step - end / 2).astype(np.float32) for axis, step, end in axes)
    a, b = width * rng.uniform(0.42, 0.45), height * rng.uniform(0.38, 0.41)
    y = y + height * 0.04  # room for the table
    everywhere = tuple(slice(0, n) for n in canvas.shape)
    body = (1 - np.hypot(x / a, y / b)) * b + 0 * z
    canvas.paint(everywhere, body, -95)
    canvas.paint(everywhere, body - rng.uniform(4, 9), 45)
    depth = np.maximum(_lung(x, y, z, -1, a, b, rng), _lung(x, y, z, 1, a, b, rng))
    _draw_ribs(canvas, x, y, z, depth, 26 - body, rng)
    canvas.paint(everywhere, depth, rng.uniform(LUNG - 25, LUNG + 35), only_brighter=False)
    spine = 13 - np.hypot(x, y - b * 0.66) + 0 * z
    canvas.paint(everywhere, spine, rng.uniform(180, 320))
    canvas.paint(everywhere, 6 - np.hypot(x, y - b * 0.66 - 14) + 0 * z, 30, only_brighter=False)
    table = 3 - np.abs(y - b * 1.06 - 6 + x**2 / 900) + 0 * z
    canvas.paint(everywhere, np.minimum(table, width * 0.4 - np.abs(x)), -150)
    trachea = 7 - np.hypot(x - rng.uniform(-2, 2), y + b * 0.02) + 0 * z
    canvas.paint(everywhere, trachea, -990, only_brighter=False)
    return Thorax(canvas, depth.astype(np.float32))


def _lung(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, side: int, a: float, b: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the signed depth in mm of one lung: an egg whose size changes with z, dented by heart and ribs."""
    phase, bend = rng.uniform(0, 6.3, 2)
    grow = 1 + 0.05 * np.sin(z / 30 + phase)
    half_width, half_height = a * 0.37 * grow, b * 0.72 * grow
    egg = np.hypot((x - side * a * 0.48) / half_width, (y + b * 0.03) / half_height)
    ripples = 0.8 * np.sin(np.arctan2(y, x) * 9 + z / 6 + bend)  # ribs press the pleura in
    heart = np.hypot((x - a * 0.1) / (a * 0.30), (y + b * 0.25) / (b * 0.40))
    return np.asarray(np.minimum((1 - egg) * half_width + ripples, (heart - 1) * a * 0.3))


def _draw_ribs(
    canvas: Canvas,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    depth: np.ndarray,
    outer: np.ndarray,
    rng: np.random.Generator,
) -> None:
    pitch, shift = rng.uniform(22, 28), rng.uniform(0, 25)
    slope = z + np.abs(x) * 0.35 + y * 0.3 + shift
    near = 3.5 - np.abs(slope - pitch * np.round(slope / pitch))
    ring = 3.0 - np.abs(depth + 6.5)
    canvas.paint(
        tuple(slice(0, n) for n in canvas.shape), np.minimum(np.minimum(near, ring), outer), rng.uniform(350, 600)
    )


def _draw_vessels(thorax: Thorax, side: int, rng: np.random.Generator) -> None:
    """Grow vessel trees from the heart: each branch bends and splits in two until it is too thin or at the pleura."""
    canvas = thorax.canvas
    centre = canvas.extent / 2
    heart = np.array(HEART) * canvas.extent
    value = rng.uniform(20, 110)
    for _ in range(int(rng.integers(5, 8))):
        offset = rng.uniform(-0.5, 0.5) * canvas.extent[0], rng.normal(0, 14), (side * 2 - 1) * 34.0
        start = centre + np.array(offset)
        outwards = np.array([rng.normal(0, 0.5), rng.normal(0, 0.7), side * 2 - 1.0])
        radius = rng.uniform(2.2, 4.2)
        # Draw the root up to the heart: a thick round end inside the lung would look like a nodule.
        canvas.capsule(start * [1, 0, 0] + heart, start, radius, value)
        growing = [(start, outwards / np.linalg.norm(outwards), radius)]
        for _ in range(150):
            if not growing:
                break
            point, heading, radius = growing.pop()
            _grow(thorax, point, heading, radius, value, growing, rng)


def _grow(
    thorax: Thorax,
    point: np.ndarray,
    heading: np.ndarray,
    radius: float,
    value: float,
    growing: list[tuple[np.ndarray, np.ndarray, float]],
    rng: np.random.Generator,
) -> None:
    for _ in range(int(rng.integers(2, 5))):
        heading = heading + rng.normal(0, 0.22, 3)
        heading = heading / np.linalg.norm(heading)
        end = point + heading * rng.uniform(4, 7)
        thorax.canvas.capsule(point, end, radius, value)
        if depth_at(thorax, end) < -3 <= depth_at(thorax, point):  # through the pleura, or out of the volume
            return
        point, radius = end, radius * 0.95
        if depth_at(thorax, point) > 1:
            thorax.vessels.append((point, radius))
    if radius < 0.65:
        return
    for fraction in (rng.uniform(0.68, 0.92), rng.uniform(0.5, 0.8)):
        branch = heading + rng.normal(0, 0.55, 3)
        growing.insert(0, (point, branch / np.linalg.norm(branch), radius * fraction))
