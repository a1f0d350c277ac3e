"""Find nodule candidates: bright blobs of every size within the lungs (multi-scale difference of Gaussians)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LUNG_HU, BRIGHT_HU = -870.0, 60.0
RADII = (1.7, 2.5, 3.6, 5.2, 7.5, 10.8, 15.5)
"""Radii in mm of the blobs looked for: 3.4 to 31 mm across."""
THRESHOLD = 55.0
"""A difference of Gaussians in HU below which a blob is none."""
ROUNDEST = 0.25
"""Ratio of the least to the strongest curvature below which a bright thing is a tube or a sheet."""
MOST_PER_LITRE, FEWEST_MOST = 200, 60
"""Candidates kept in a litre of lung, and in a small slab: about as many a scan as the contest gives."""
RATIO = 1.6
"""Between the two Gaussians; 1.6 makes their difference nearest to a Laplacian (Marr and Hildreth, 1980)."""


@dataclass(frozen=True)
class Blob:
    """A candidate: its centre (z, y, x) in voxels, its radius in mm and how strongly it stands out (HU)."""

    centre: tuple[float, float, float]
    radius: float
    strength: float
    """Difference of Gaussians in HU times the root of the roundness."""


def find_blobs(hu: np.ndarray, mask: np.ndarray, spacing: float) -> list[Blob]:
    """Find candidates in an isotropic volume (z, y, x) of HU within a mask of the same shape, the strongest first.

    What lies outside the mask is replaced by lung, so that a nodule on the pleura is a blob and not part of the wall.
    """
    from scipy import ndimage

    if not mask.any():
        return []
    box = tuple(slice(max(0, s.start - 4), s.stop + 4) for s in ndimage.find_objects(mask.astype(np.uint8))[0])
    inside = mask[box]
    # The mask reaches 2 mm into the wall and has steps: the wall fades out over the last 2 mm before the lung's border.
    weight = ndimage.uniform_filter(inside.astype(np.float32), 2 * round(2 / spacing) + 1)
    bright = np.clip(hu[box], LUNG_HU, BRIGHT_HU).astype(np.float32) - LUNG_HU
    lung = LUNG_HU + np.clip(4 * weight - 2.8, 0, 1) * bright
    found: list[Blob] = []
    for radius in RADII:
        step = max(1, int(radius / spacing / 2.6))
        found += _at_radius(lung[::step, ::step, ::step], inside[::step, ::step, ::step], radius, spacing * step, step)
    most = max(FEWEST_MOST, round(MOST_PER_LITRE * mask.sum() * spacing**3 / 1e6))
    corner = np.array([s.start for s in box])
    kept = _without_doubles(found, spacing, most)
    return [Blob(tuple((corner + b.centre).tolist()), b.radius, b.strength) for b in kept]


def _at_radius(lung: np.ndarray, inside: np.ndarray, radius: float, spacing: float, step: int) -> list[Blob]:
    """The local maxima of one scale; coordinates are in the voxels of the full resolution."""
    from scipy import ndimage

    sigma = radius / spacing / np.sqrt(3)  # where a ball's Laplacian is strongest
    # Mirrored at the ends: a volume that is cut off there (a slab) must not look like an edge.
    blurred = ndimage.gaussian_filter(lung, sigma, mode="nearest", truncate=3)
    response = blurred - ndimage.gaussian_filter(lung, sigma * RATIO, mode="nearest", truncate=3)
    peaks = (response > THRESHOLD) & (response == ndimage.maximum_filter(response, 3)) & inside
    places = np.argwhere(peaks)
    roundness = _roundness(blurred, places)
    blobs = []
    for peak, round_ in zip(places[roundness >= ROUNDEST], roundness[roundness >= ROUNDEST], strict=True):
        centre = (peak + _subvoxel(response, peak)) * step
        blobs.append(Blob(tuple(centre.tolist()), radius, float(response[tuple(peak)] * round_**0.5)))
    return blobs


def _roundness(blurred: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """The least over the strongest downward curvature (n,) at voxels (n, 3): 1 for a ball, 0 for a tube or a sheet."""
    if min(blurred.shape) < 3:
        return np.ones(len(peaks))
    centre = np.clip(peaks, 1, np.asarray(blurred.shape) - 2)
    hessian = np.empty((len(peaks), 3, 3))
    for i in range(3):
        for j in range(i, 3):
            hessian[:, i, j] = hessian[:, j, i] = _second(blurred, centre, i, j)
    curvature = np.sort(-np.linalg.eigvalsh(hessian), axis=1)
    strongest = np.maximum(curvature[:, 2], np.finfo(float).tiny)
    return np.where(curvature[:, 2] > 0, curvature[:, 0] / strongest, 0.0)


def _second(blurred: np.ndarray, centre: np.ndarray, i: int, j: int) -> np.ndarray:
    """The second difference (n,) along two axes at voxels (n, 3)."""
    one, two = np.eye(3, dtype=int)[[i, j]]

    def at(offset: np.ndarray) -> np.ndarray:
        return blurred[tuple((centre + offset).T)].astype(float)

    if i == j:
        return at(one) - 2 * at(0 * one) + at(-one)
    return (at(one + two) - at(one - two) - at(two - one) + at(-one - two)) / 4


def _subvoxel(response: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """The offset (3,) in voxels of the top of the parabola through a peak and its neighbours, along each axis."""
    offset = np.zeros(3)
    for axis in range(3):
        if 0 < peak[axis] < response.shape[axis] - 1:
            left, here, right = (float(response[tuple(peak + d * np.eye(3, dtype=int)[axis])]) for d in (-1, 0, 1))
            bend = left - 2 * here + right
            offset[axis] = np.clip(0.5 * (left - right) / bend, -0.5, 0.5) if bend < 0 else 0.0
    return offset


def _without_doubles(blobs: list[Blob], spacing: float, most: int) -> list[Blob]:
    """Keep the strongest of blobs that lie in one another, at most ``most``."""
    kept: list[Blob] = []
    centres, radii = np.empty((most, 3)), np.empty(most)
    for blob in sorted(blobs, key=lambda b: -b.strength):
        distance = np.linalg.norm(centres[: len(kept)] - blob.centre, axis=1) * spacing
        if len(kept) < most and (distance > 0.8 * np.maximum(radii[: len(kept)], blob.radius)).all():
            centres[len(kept)], radii[len(kept)] = blob.centre, blob.radius
            kept.append(blob)
    return kept
