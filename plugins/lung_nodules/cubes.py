"""A candidate's cube of CT, turned and shifted in training, and what the models learn about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kit import Sample, SampleError

from .canvas import random_turn
from .prepare import SPACING, cached_volume, open_volume
from .reader import Candidate

TILT, STRETCH, SHIFT = 0.35, 0.18, 2.0
"""Bounds of the small rotation (radians), of the logarithm of the scale, and of the shift in mm."""


def example(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[np.ndarray, np.ndarray]:
    """Cut a candidate's cube: (1, S, S, S) float32 from 0 (-1000 HU) to 1 (400 HU), or the baseline's features (F,).

    The label (5,) float32 holds the class, the radius of the nodule and its centre's offset (z, y, x) from the cube's,
    in voxels of the cube; zeros after the class where the candidate is none.
    """
    candidate: Candidate = sample.x
    if config.model == "baseline":
        from .features import features

        return features(cut(candidate, np.eye(3), np.zeros(3), 32, 1.0)), _label(candidate, np.eye(3), np.zeros(3), 1.0)
    turn, shift = np.eye(3), np.zeros(3)
    if rng is not None and config.augment:
        turn, shift = draw_turn(rng), rng.uniform(-SHIFT, SHIFT, 3)
    cube = cut(candidate, turn, shift, config.cube, config.resolution)
    if rng is not None and config.augment:
        cube = cube * np.float32(rng.uniform(0.95, 1.05)) + np.float32(rng.normal(0, 0.02))
    return cube[None], _label(candidate, turn, shift, config.resolution)


def draw_turn(rng: np.random.Generator) -> np.ndarray:
    """Draw a map (3, 3): one of the cube's 48 symmetries, tilted a little, stretched a little."""
    symmetry = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3)
    axis = random_turn(rng)
    angle = rng.uniform(-TILT, TILT)
    plane = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return np.asarray(axis @ plane @ axis.T @ symmetry * np.exp(rng.uniform(-STRETCH, STRETCH)))


def cut(candidate: Candidate, turn: np.ndarray, shift: np.ndarray, size: int, resolution: float) -> np.ndarray:
    """Sample a cube (S, S, S) float32 of 0 to 1 around a candidate: voxel o lies at centre + shift + turn (o - middle).

    ``shift`` is in mm. Raises SampleError for a candidate outside its volume.
    """
    from scipy import ndimage

    volume = open_volume(cached_volume(candidate.scan.header))
    if not volume.grid.holds(candidate.world, margin=2.0):
        raise SampleError(
            "a candidate lies outside its volume",
            expected=f"voxels from 0 to {volume.grid.shape} at {SPACING} mm",
            found=np.round(candidate.world, 2).tolist(),
            where=f"candidate {candidate.index} of {candidate.scan.header}",
        )
    step = turn * (resolution / SPACING)
    centre = volume.grid.voxels(candidate.world) + shift / SPACING
    reach = np.abs(step) @ np.full(3, (size - 1) / 2) + 1
    low, high = np.floor(centre - reach).astype(int), np.ceil(centre + reach).astype(int) + 1
    block = _block(volume.hu, low, high)
    offset = centre - low - step @ np.full(3, (size - 1) / 2)
    cube = ndimage.affine_transform(block.astype(np.float32), step, offset, (size,) * 3, order=1, mode="nearest")
    return np.asarray(cube * np.float32(1 / 255))


def _block(levels: Any, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Read a box that may reach beyond the volume; the nearest voxels continue there."""
    shape = np.asarray(levels.shape)
    start, stop = np.clip(low, 0, shape - 1), np.clip(high, 1, shape)
    inner = levels[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    padding = list(zip(start - low, high - stop, strict=True))
    return np.pad(inner, padding, mode="edge") if any(a or b for a, b in padding) else np.asarray(inner)


def _label(candidate: Candidate, turn: np.ndarray, shift: np.ndarray, resolution: float) -> np.ndarray:
    scan, label = candidate.scan, np.zeros(5, np.float32)
    if scan.labels is None:
        return label
    label[0] = scan.labels[candidate.index]
    if label[0] and len(scan.nodules):
        distance = np.linalg.norm(scan.nodules[:, :3] - candidate.world, axis=1)
        nodule = scan.nodules[int(np.argmin(distance))]
        away = (nodule[:3] - candidate.world)[::-1] - shift
        scale = abs(np.linalg.det(turn)) ** (1 / 3)
        label[1] = nodule[3] / 2 / scale / resolution
        label[2:] = np.linalg.solve(turn, away) / resolution
    return label


def balanced(samples: Sequence[Sample], rng: np.random.Generator, config: Any) -> list[int]:
    """Draw an epoch: every nodule's candidate once (with its own turn) and so many others a nodule, shuffled.

    Candidates on excluded findings or just beside a nodule are left out: whether they are nodules is not known.
    """
    labels = np.array([sample.y for sample in samples])
    unclear = np.array([sample.x.scan.unclear[sample.x.index] for sample in samples], bool)
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero((labels == 0) & ~unclear)
    count = min(len(negative), round(config.negatives * max(len(positive), 1)))
    chosen = (
        [np.repeat(positive, config.repeats), rng.choice(negative, count * config.repeats, replace=config.repeats > 1)]
        if count
        else [positive]
    )
    return [int(place) for place in rng.permutation(np.concatenate(chosen))]
