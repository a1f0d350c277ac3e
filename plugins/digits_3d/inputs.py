"""Volumes as model inputs: rotated at random in training, moved as images for the article's 2D network."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np

from kit import Sample

from .alignment import CORNERS, aligned, is_upright, points_of, principal_axes
from .clouds import rotation, voxels
from .config import SIDE, SolidConfig
from .reader import volume

TURNED = 0.5
"""How many upright solids of an epoch are rotated by any angle; the others by no more than ``rotation`` about x."""


def example(sample: Sample, rng: np.random.Generator | None, config: SolidConfig) -> tuple[np.ndarray, Any]:
    """Return the model's input and the label.

    float32 (2, 28, 28) for the default network, (1, 16, 16, 16) for ``voxels``, (16, 16, 16) with x as channels for
    ``cnn2d``, (3, 16, 16, 16) in colours for ``cnn3d``, (4096,) for ``forest``.
    """
    return _input(volume(sample.x), rng if config.augment else None, config), sample.y


def _input(found: np.ndarray, rng: np.random.Generator | None, config: SolidConfig) -> np.ndarray:
    if config.model == "forest":
        return found.ravel()
    if config.model == "cnn3d":
        return coloured(found)
    if config.model == "cnn2d":
        image = np.ascontiguousarray(found.transpose(2, 0, 1))  # (x, z, y): channels first
        return image if rng is None else moved(image, rng, config)
    solid = found if rng is None else turned(found, rng, config)
    return solid[None] if config.model == "voxels" else aligned(points_of(solid))


def turned(found: np.ndarray, rng: np.random.Generator, config: SolidConfig) -> np.ndarray:
    """Rotate the voxels by any angle about all axes, or an upright solid also within its plane alone; displace each.

    The points are stretched by a random map too, an upright solid's within its plane. Each voxel is eight points, so
    that a rotated surface has no holes.
    """
    points = points_of(found)
    if not len(points):
        return found
    displaced = rng.uniform(-config.noise, config.noise, (len(points) // len(CORNERS), 3))
    points = points + np.repeat(displaced, len(CORNERS), axis=0)
    points -= np.ones(len(points)) @ points / len(points)
    stretch = np.eye(3) + rng.normal(0, config.stretch, (3, 3))
    if rng.random() < TURNED or not is_upright(principal_axes(points)[1]):
        return voxels(points @ stretch @ rotation(rng.uniform(-np.pi, np.pi, 3)).T)
    stretch[0, 1:] = stretch[1:, 0] = 0
    limit = np.deg2rad(config.rotation)
    return voxels(points @ stretch @ rotation(np.array([rng.uniform(-limit, limit), 0, 0])).T)


def moved(image: np.ndarray, rng: np.random.Generator, config: SolidConfig) -> np.ndarray:
    """Rotate by up to 10 degrees, zoom and shift each slice (C, 16, 16) alike, as the article's generator does."""
    angle, zoom = rng.uniform(-10, 10), 1 + rng.uniform(-config.zoom, config.zoom)
    matrix = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), angle, zoom)
    matrix[:, 2] += rng.uniform(-config.shift, config.shift, 2) * SIDE
    return np.stack([cv2.warpAffine(each, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE) for each in image])


def coloured(found: np.ndarray) -> np.ndarray:
    """Colour a volume by matplotlib's "Oranges", float32 (3, 16, 16, 16)."""
    levels = np.rint(255 * np.clip(found, 0, 1)).astype(np.int64)
    return np.ascontiguousarray(_oranges()[levels].transpose(3, 0, 1, 2))


@cache
def _oranges() -> np.ndarray:
    from matplotlib import colormaps

    return np.asarray(colormaps["Oranges"](np.arange(256))[:, :3], np.float32)


def picture(sample: Sample) -> np.ndarray:
    """Return the volume seen from its flat side for the report, uint8 (16, 16): how deep it is at each place."""
    depth = volume(sample.x).sum(axis=2)[::-1]  # (z, y), z upwards
    return np.asarray(np.rint(255 * depth / max(float(depth.max()), 1)), np.uint8)
