"""Draw nodules, findings that readers disagree on, and look-alikes into a synthetic thorax."""

from __future__ import annotations

import numpy as np

from .canvas import random_rotation
from .thorax import Thorax, depth_at, find_point

DIAMETER_MU, DIAMETER_SIGMA = 1.99, 0.47
"""Mean and standard deviation of the logarithm of the diameters in mm of the contest's 1,186 nodules."""
SMALLEST, LARGEST = 3.2, 33.0
"""Bounds of the diameter in mm."""


def draw_diameter(rng: np.random.Generator) -> float:
    """Draw a diameter in mm from the contest's distribution."""
    return float(np.clip(np.exp(rng.normal(DIAMETER_MU, DIAMETER_SIGMA)), SMALLEST, LARGEST))


def draw_nodule(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add a nodule: solid, part-solid, juxta-vascular or juxta-pleural; a few are spiculated or calcified."""
    diameter = draw_diameter(rng)
    radius = diameter / 2
    kind = str(rng.choice(["solid", "part-solid", "juxta-vascular", "juxta-pleural"], p=[0.4, 0.14, 0.24, 0.22]))
    if kind == "juxta-vascular" and thorax.vessels:
        start, vessel = thorax.vessels[int(rng.integers(len(thorax.vessels)))]
        away = rng.normal(size=3)
        centre = start + away / np.linalg.norm(away) * (radius * 0.7 + vessel)
        inside = depth_at(thorax, centre) > radius * 0.5 and thorax.is_free(centre, radius)
        point = centre if inside and radius + 1 < centre[0] < thorax.canvas.extent[0] - radius - 1 else None
    elif kind == "juxta-pleural":
        point = find_point(thorax, 0.15 * radius, 0.6 * radius, radius, rng)
    else:
        point = find_point(thorax, radius + 1, 99, radius, rng)
    if point is None:
        return
    _paint_nodule(thorax, point, radius, kind, rng)
    thorax.nodules.append((point, diameter))


def _paint_nodule(thorax: Thorax, centre: np.ndarray, radius: float, kind: str, rng: np.random.Generator) -> None:
    canvas, rotation = thorax.canvas, random_rotation(rng)
    radii = radius * np.exp(rng.normal(0, 0.13, 3))
    radii = radii / np.prod(radii) ** (1 / 3) * radius
    if kind == "part-solid":
        canvas.blob(centre, radii, rotation, rng.uniform(-640, -430), 0.12, rng)
        if rng.random() < 0.6:
            core = centre + rng.normal(0, radius * 0.15, 3)
            canvas.blob(core, radii * rng.uniform(0.3, 0.55), rotation, 10, 0.15, rng)
        return
    value = rng.uniform(150, 350) if rng.random() < 0.1 else rng.normal(30, 30)
    canvas.blob(centre, radii, rotation, value, rng.choice([0.06, 0.15]), rng)
    if rng.random() < 0.15 and radius > 3:
        for _ in range(int(rng.integers(4, 9))):
            ray = rng.normal(size=3)
            canvas.capsule(centre, centre + ray / np.linalg.norm(ray) * radius * rng.uniform(1.3, 1.9), 0.5, value - 60)


def draw_small_finding(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add a speck below 3 mm or a faint opacity; readers disagree on these and the evaluation ignores marks on them."""
    radius = rng.uniform(1.0, 1.6)
    if (centre := find_point(thorax, 2, 99, radius, rng)) is None:
        return
    if rng.random() < 0.5:
        thorax.canvas.blob(centre, np.full(3, radius), np.eye(3), rng.uniform(-100, 60), 0.1, rng)
        thorax.excluded.append((centre, -1.0))
    else:
        thorax.canvas.blob(centre, np.full(3, radius * 3), np.eye(3), rng.uniform(-720, -600), 0.2, rng)
        thorax.excluded.append((centre, radius * 6))


def draw_lookalike(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add a look-alike: a pleural plaque, a scar, a plugged bronchus or a crossing of vessels."""
    kind = int(rng.integers(4))
    centre = find_point(thorax, -0.5, 1.0, 4, rng) if kind == 0 else find_point(thorax, 4, 99, 4, rng)
    if centre is None:
        return
    size, rotation = rng.uniform(1.5, 4.5), random_rotation(rng)
    if kind == 0:  # a plaque: flat and wide, along the chest wall
        middle = thorax.canvas.extent / 2
        thorax.canvas.blob(centre, np.array([size * 2.5, size * 1.8, 1.6]), _along_wall(centre - middle), 20, 0.1, rng)
    elif kind == 1:  # a scar: a plate or a strand
        thorax.canvas.blob(
            centre, size * np.array([0.45, rng.uniform(0.6, 1.8), 2.6]), rotation, rng.uniform(-200, 40), 0.1, rng
        )
    elif kind == 2:  # a plugged bronchus: a short tube
        half = rotation[0] * size * 2
        thorax.canvas.capsule(centre - half, centre + half, size * 0.7, rng.uniform(0, 50))
    else:  # vessels that cross
        for ray in rotation:
            thorax.canvas.capsule(centre - ray * rng.uniform(5, 12), centre + ray * rng.uniform(5, 12), size * 0.45, 50)
    thorax.lookalikes.append(centre)


def _along_wall(outwards: np.ndarray) -> np.ndarray:
    """Return a rotation (3, 3) whose third column points outwards in the axial plane."""
    normal = np.array([0.0, outwards[1], outwards[2]]) / max(float(np.hypot(*outwards[1:])), 1e-6)
    up = np.array([1.0, 0, 0])
    return np.stack([up, np.cross(normal, up), normal], axis=1)
