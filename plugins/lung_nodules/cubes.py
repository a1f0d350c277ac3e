"""A candidate's cube of CT, turned and shifted in training, and what the models learn about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit import Sample, SampleError

from .prepare import SPACING, open_volume
from .reader import Candidate

TILT, STRETCH, SHIFT = 0.35, 0.1, 1.5
"""Bounds of the small rotation (radians), of the logarithm of the scale, and of the shift in mm."""


def example(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[np.ndarray, np.ndarray]:
    """Cut a candidate's cube: (1, S, S, S) float32 from 0 (-1000 HU) to 1 (400 HU), or the baseline's features (F,).

    The label (5,) float32 holds the class, the radius of the nodule and its centre's offset (z, y, x) from the cube's,
    in voxels of the cube; zeros after the class where the candidate is none.
    """
    candidate: Candidate = sample.x
    if config.model == "baseline":
        from .features import features

        still = Turn()
        return features(cut(candidate, still, 32, 1.0)), _label(candidate, still, 1.0)
    varied = rng is not None and config.augment
    turn = draw_turn(rng) if varied else Turn()
    cube = cut(candidate, turn, config.cube, config.resolution)
    if varied:
        cube = cube * np.float32(rng.uniform(0.95, 1.05)) + np.float32(rng.normal(0, 0.02))
    return cube[None], _label(candidate, turn, config.resolution)


@dataclass(frozen=True)
class Turn:
    """How a cube is laid into its scan: moved, tilted and stretched, then mirrored and its axes exchanged."""

    shift: tuple[float, ...] = (0.0, 0.0, 0.0)
    """Of the middle, in mm (z, y, x)."""
    axis: int = 0
    """The scan's axis around which the cube is tilted."""
    angle: float = 0.0
    stretch: float = 1.0
    order: tuple[int, ...] = (0, 1, 2)
    signs: tuple[int, ...] = (1, 1, 1)

    @property
    def planes(self) -> list[int]:
        """The scan's axes with the axis of the tilt first."""
        return [self.axis, *(k for k in range(3) if k != self.axis)]

    @property
    def matrix(self) -> np.ndarray:
        """The map (3, 3) from the cube's offsets to the scan's, both (z, y, x)."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        tilt = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) * self.stretch
        symmetry = np.eye(3)[list(self.order)] * np.array(self.signs)[:, None]
        return np.asarray(np.eye(3)[self.planes].T @ tilt @ symmetry)


def draw_turn(rng: np.random.Generator) -> Turn:
    """Draw one of the cube's 48 symmetries, a tilt around one axis, a stretch and a shift."""
    return Turn(
        shift=tuple(rng.uniform(-SHIFT, SHIFT, 3).tolist()),
        axis=int(rng.integers(3)),
        angle=float(rng.uniform(-TILT, TILT)),
        stretch=float(np.exp(rng.uniform(-STRETCH, STRETCH))),
        order=tuple(rng.permutation(3).tolist()),
        signs=tuple(rng.choice([-1, 1], 3).tolist()),
    )


def cut(candidate: Candidate, turn: Turn, size: int, resolution: float) -> np.ndarray:
    """Sample a cube (S, S, S) float32 of 0 to 1 around a candidate; the voxels' sides are ``resolution`` mm.

    Raises SampleError for a candidate outside its volume.
    """
    volume = open_volume(candidate.scan.volume)
    if not volume.grid.holds(candidate.world, margin=2.0):
        raise SampleError(
            "a candidate lies outside its volume",
            expected=f"voxels from 0 to {volume.grid.shape} at {SPACING} mm",
            found=np.round(candidate.world, 2).tolist(),
            where=f"candidate {candidate.index} of {candidate.scan.header}",
        )
    centre = volume.grid.voxels(candidate.world) + np.array(turn.shift) / SPACING
    step = resolution / SPACING * turn.stretch
    reach = np.full(3, (size - 1) / 2 * step * (abs(np.cos(turn.angle)) + abs(np.sin(turn.angle))) + 1)
    reach[turn.axis] = (size - 1) / 2 * step + 1
    low, high = np.floor(centre - reach).astype(int), np.ceil(centre + reach).astype(int) + 1
    block = _block(volume.hu, low, high).transpose(turn.planes)
    cube = _tilted(block, (centre - low)[turn.planes], step, turn.angle, size)
    cube = cube[tuple(slice(None, None, sign) for sign in turn.signs)]
    return np.ascontiguousarray(cube.transpose(np.argsort(turn.order))) * np.float32(1 / 255)


def _tilted(block: np.ndarray, centre: np.ndarray, step: float, angle: float, size: int) -> np.ndarray:
    """Sample a block linearly: along its first axis, then each plane by OpenCV (ten times faster than all at once)."""
    import cv2

    middle = (size - 1) / 2
    along = centre[0] + (np.arange(size) - middle) * step
    below = np.clip(np.floor(along).astype(int), 0, len(block) - 2)
    part = (along - below).astype(np.float32)[:, None, None]
    planes = block[below] * (1 - part) + block[below + 1] * part
    turn = step * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = centre[1:] - turn @ np.full(2, middle)
    # OpenCV counts x before y.
    matrix = np.column_stack([turn[::-1, ::-1], offset[::-1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [cv2.warpAffine(p, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE) for p in planes]
    )


def _block(levels: Any, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Read a box that may reach beyond the volume; the nearest voxels continue there."""
    shape = np.asarray(levels.shape)
    start, stop = np.clip(low, 0, shape - 1), np.clip(high, 1, shape)
    inner = levels[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    padding = list(zip(start - low, high - stop, strict=True))
    return np.pad(inner, padding, mode="edge") if any(a or b for a, b in padding) else np.asarray(inner)


def _label(candidate: Candidate, turn: Turn, resolution: float) -> np.ndarray:
    scan, label = candidate.scan, np.zeros(5, np.float32)
    if scan.labels is None:
        return label
    label[0] = scan.labels[candidate.index]
    if label[0] and len(scan.nodules):
        nodule = scan.nodules[_nodule_of(candidate)]
        away = (nodule[:3] - candidate.world)[::-1] - turn.shift
        label[1] = nodule[3] / 2 / turn.stretch / resolution
        label[2:] = np.linalg.solve(turn.matrix, away) / resolution
    return label


def balanced(samples: Sequence[Sample], rng: np.random.Generator, config: Any) -> list[int]:
    """Draw an epoch: one candidate of every nodule (with its own turn) and so many others a nodule, shuffled.

    A large nodule may have a dozen candidates and a small one has one: all of them would teach the large ones. Others
    on excluded findings or just beside a nodule are left out: whether they are nodules is not known.
    """
    nodules: dict[tuple[str, int], list[int]] = {}
    others: list[int] = []
    for place, sample in enumerate(samples):
        candidate: Candidate = sample.x
        if sample.y == 1:
            nodules.setdefault((candidate.scan.uid, _nodule_of(candidate)), []).append(place)
        elif not candidate.scan.unclear[candidate.index]:
            others.append(place)
    drawn = [int(rng.choice(places)) for places in nodules.values() for _ in range(config.repeats)]
    count = min(len(others), round(config.negatives * max(len(nodules), 1))) * config.repeats
    if count:
        drawn += rng.choice(others, count, replace=count > len(others)).tolist()
    return [int(place) for place in rng.permutation(drawn)]


def _nodule_of(candidate: Candidate) -> int:
    """The number of the nodule nearest to a candidate; where none is listed, every candidate stands for its own."""
    nodules = candidate.scan.nodules
    if not len(nodules):
        return -1 - candidate.index
    return int(np.argmin(np.linalg.norm(nodules[:, :3] - candidate.world, axis=1)))
