"""Draw nodules, what readers disagree on, and what resembles them, into a thorax."""

from __future__ import annotations

import numpy as np

from .canvas import random_turn
from .thorax import Thorax, depth_at, place

DIAMETER_MU, DIAMETER_SIGMA = 1.99, 0.47
"""Of the logarithm of the contest's nodule diameters in mm (1,186 of them: 1.992 and 0.473)."""
SMALLEST, LARGEST = 3.2, 33.0


def draw_diameter(rng: np.random.Generator) -> float:
    """A nodule's diameter in mm from the contest's own distribution."""
    return float(np.clip(np.exp(rng.normal(DIAMETER_MU, DIAMETER_SIGMA)), SMALLEST, LARGEST))


def draw_nodule(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add a nodule: solid, part-solid, juxta-vascular or juxta-pleural, a few of them spiculated or calcified."""
    diameter = draw_diameter(rng)
    radius = diameter / 2
    kind = str(rng.choice(["solid", "part-solid", "juxta-vascular", "juxta-pleural"], p=[0.4, 0.14, 0.24, 0.22]))
    if kind == "juxta-vascular" and thorax.vessels:
        point, vessel = thorax.vessels[int(rng.integers(len(thorax.vessels)))]
        away = rng.normal(size=3)
        centre = point + away / np.linalg.norm(away) * (radius * 0.7 + vessel)
        inside = depth_at(thorax, centre) > radius * 0.5 and thorax.free(centre, radius)
        spot = centre if inside and radius + 1 < centre[0] < thorax.canvas.extent[0] - radius - 1 else None
    elif kind == "juxta-pleural":
        spot = place(thorax, 0.15 * radius, 0.6 * radius, radius, rng)
    else:
        spot = place(thorax, radius + 1, 99, radius, rng)
    if spot is None:
        return
    _paint_nodule(thorax, spot, radius, kind, rng)
    thorax.nodules.append((spot, diameter))


def _paint_nodule(thorax: Thorax, centre: np.ndarray, radius: float, kind: str, rng: np.random.Generator) -> None:
    canvas, turn = thorax.canvas, random_turn(rng)
    radii = radius * np.exp(rng.normal(0, 0.13, 3))
    radii = radii / np.prod(radii) ** (1 / 3) * radius
    if kind == "part-solid":
        canvas.blob(centre, radii, turn, rng.uniform(-640, -430), 0.12, rng)
        if rng.random() < 0.6:
            canvas.blob(centre + rng.normal(0, radius * 0.15, 3), radii * rng.uniform(0.3, 0.55), turn, 10, 0.15, rng)
        return
    value = rng.uniform(150, 350) if rng.random() < 0.1 else rng.normal(30, 30)
    canvas.blob(centre, radii, turn, value, rng.choice([0.06, 0.15]), rng)
    if rng.random() < 0.15 and radius > 3:
        for _ in range(int(rng.integers(4, 9))):
            ray = rng.normal(size=3)
            canvas.capsule(centre, centre + ray / np.linalg.norm(ray) * radius * rng.uniform(1.3, 1.9), 0.5, value - 60)


def draw_small_finding(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add what readers disagree on: a speck below 3 mm or a faint cloud; the evaluation ignores marks on it."""
    radius = rng.uniform(1.0, 1.6)
    if (centre := place(thorax, 2, 99, radius, rng)) is None:
        return
    if rng.random() < 0.5:
        thorax.canvas.blob(centre, np.full(3, radius), np.eye(3), rng.uniform(-100, 60), 0.1, rng)
        thorax.excluded.append((centre, -1.0))
    else:
        thorax.canvas.blob(centre, np.full(3, radius * 3), np.eye(3), rng.uniform(-720, -600), 0.2, rng)
        thorax.excluded.append((centre, radius * 6))


def draw_lookalike(thorax: Thorax, rng: np.random.Generator) -> None:
    """Add what resembles a nodule: a pleural plaque, a scar, a plugged bronchus or a node where vessels cross."""
    kind = int(rng.integers(4))
    centre = place(thorax, -0.5, 1.0, 4, rng) if kind == 0 else place(thorax, 4, 99, 4, rng)
    if centre is None:
        return
    size, turn = rng.uniform(1.5, 4.5), random_turn(rng)
    if kind == 0:  # flat and wide, along the chest wall
        middle = thorax.canvas.extent / 2
        thorax.canvas.blob(centre, np.array([size * 2.5, size * 1.8, 1.6]), _along_wall(centre - middle), 20, 0.1, rng)
    elif kind == 1:  # a plate or a strand
        thorax.canvas.blob(
            centre, size * np.array([0.45, rng.uniform(0.6, 1.8), 2.6]), turn, rng.uniform(-200, 40), 0.1, rng
        )
    elif kind == 2:  # a short tube
        thorax.canvas.capsule(centre - turn[0] * size * 2, centre + turn[0] * size * 2, size * 0.7, rng.uniform(0, 50))
    else:
        for ray in turn:
            thorax.canvas.capsule(centre - ray * rng.uniform(5, 12), centre + ray * rng.uniform(5, 12), size * 0.45, 50)
    thorax.lookalikes.append(centre)


def _along_wall(outwards: np.ndarray) -> np.ndarray:
    """Axes (columns) whose third points outwards in the axial plane."""
    normal = np.array([0.0, outwards[1], outwards[2]]) / max(float(np.hypot(*outwards[1:])), 1e-6)
    up = np.array([1.0, 0, 0])
    return np.stack([up, np.cross(normal, up), normal], axis=1)
