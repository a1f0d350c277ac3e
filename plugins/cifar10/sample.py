"""A small data set in the contest's layout: drawn shapes on skies, grass, water and roads."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kit import KitError
from kit.files import write_bytes, write_text

from .config import CLASSES, SIDE

SMALLEST = 20
SCALE = 4  # drawn larger and reduced, for smooth edges
SKY, GRASS, WATER, ROAD = (200, 150, 110), (60, 140, 70), (150, 110, 40), (110, 110, 115)  # BGR
GROUNDS = (SKY, ROAD, SKY, GRASS, GRASS, GRASS, WATER, GRASS, WATER, ROAD)
SHAPES: tuple[tuple[tuple[float, float, float, float], ...], ...] = (
    ((0, 0, 0.9, 0.14), (0, 0, 0.2, 0.8)),  # fuselage and wings
    ((0, 0.15, 0.9, 0.25), (0, -0.15, 0.5, 0.25), (-0.5, 0.45, 0.16, 0.16), (0.5, 0.45, 0.16, 0.16)),
    ((0, 0, 0.4, 0.28), (0.45, -0.25, 0.2, 0.2)),
    ((0, 0, 0.55, 0.5), (-0.4, -0.55, 0.14, 0.3), (0.4, -0.55, 0.14, 0.3)),
    ((0, 0, 0.55, 0.25), (0.5, -0.5, 0.16, 0.22), (-0.35, 0.5, 0.07, 0.4), (0.35, 0.5, 0.07, 0.4)),
    ((0, 0, 0.55, 0.5), (-0.6, 0, 0.16, 0.45), (0.6, 0, 0.16, 0.45)),
    ((0, 0.1, 0.6, 0.4), (-0.3, -0.35, 0.18, 0.18), (0.3, -0.35, 0.18, 0.18)),
    ((0, 0, 0.6, 0.3), (0.6, -0.4, 0.18, 0.4), (-0.4, 0.55, 0.09, 0.45), (0.4, 0.55, 0.09, 0.45)),
    ((0, 0.3, 0.95, 0.2), (0, -0.1, 0.3, 0.3), (0, -0.6, 0.06, 0.35)),
    ((-0.2, -0.1, 0.65, 0.5), (0.65, 0.1, 0.25, 0.3), (-0.5, 0.55, 0.17, 0.17), (0.5, 0.55, 0.17, 0.17)),
)
"""The ellipses of each class: centre and radii, in units of the object's size."""


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training images, ``trainLabels.csv``, a quarter as many test images and ``answers.csv``."""
    if size < SMALLEST:
        raise KitError("the sample is too small", expected=f"at least {SMALLEST} images", found=size)
    for part, table, count, stream in (("train", "trainLabels.csv", size, 0), ("test", "answers.csv", size // 4, 1)):
        rng = np.random.default_rng([seed, stream])
        classes = rng.permutation(np.arange(count) % len(CLASSES))
        for number, kind in enumerate(classes, 1):
            image = draw(int(kind), np.random.default_rng([seed, stream, number]))
            write_bytes(folder / part / f"{number}.png", cv2.imencode(".png", image)[1].tobytes())
        rows = [f"{number},{CLASSES[kind]}" for number, kind in enumerate(classes, 1)]
        write_text(folder / table, "\n".join(["id,label", *rows]) + "\n")


def draw(kind: int, rng: np.random.Generator) -> np.ndarray:
    """Draw an object of a class, uint8 BGR (32, 32, 3)."""
    side = SIDE * SCALE
    ground = np.array(GROUNDS[kind]) + rng.normal(0, 30, 3)
    image = np.clip(ground + rng.normal(0, 10, (side, side, 3)), 0, 255).astype(np.uint8)
    colour = rng.integers(0, 256, 3).tolist()
    size, turn = side * rng.uniform(0.28, 0.42), rng.uniform(-15, 15)
    centre = np.array([side / 2, side / 2]) + rng.uniform(-0.1, 0.1, 2) * side
    mirrored = rng.choice((-1, 1))
    cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    for x, y, across, down in SHAPES[kind]:
        x = x * mirrored
        middle = centre + size * np.array([x * cosine - y * sine, x * sine + y * cosine])
        axes = (max(1, int(across * size)), max(1, int(down * size)))
        cv2.ellipse(image, (int(middle[0]), int(middle[1])), axes, turn, 0, 360, colour, -1)
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
