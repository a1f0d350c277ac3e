"""Detect nodule candidates: bright blobs within the lungs (multi-scale difference of Gaussians)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LUNG_HU, BRIGHT_HU = -870.0, 60.0
RADII = (1.7, 2.5, 3.6, 5.2, 7.5, 10.8, 15.5)
"""Radii in mm of the blobs: diameters from 3.4 to 31 mm."""
THRESHOLD = 55.0
"""Least difference of Gaussians in HU at a blob's centre."""
LEAST_ROUNDNESS = 0.25
"""Ratio of the least to the strongest curvature below which a bright structure is a tube or a sheet."""
PER_LITRE, LEAST_LIMIT = 200, 60
"""Limit of candidates in a litre of lung, and its least value (small slabs): about as many as the contest gives."""
RATIO = 1.6
"""Ratio of the two Gaussians' widths; at 1.6 their difference is nearest to a Laplacian (Marr and Hildreth, 1980)."""


@dataclass(frozen=True)
class Blob:
    """A candidate: its centre (z, y, x) in voxels, its radius in mm and its contrast."""

    centre: tuple[float, float, float]
    radius: float
    strength: float
    """Difference of Gaussians in HU times the square root of the roundness."""


def find_blobs(hu: np.ndarray, mask: np.ndarray, spacing: float) -> list[Blob]:
    """Find candidates in an isotropic volume (z, y, x) of HU within a mask of the same shape, the strongest first.

    Voxels outside the mask are replaced by the density of lung, so that a nodule on the pleura is a separate blob.
    """
    from scipy import ndimage

    if not mask.any():
        return []
    box = tuple(slice(max(0, s.start - 4), s.stop + 4) for s in ndimage.find_objects(mask.astype(np.uint8))[0])
    inside = mask[box]
    # The mask reaches 2 mm into the wall and has steps, so the wall is faded out over these 2 mm.
    weight = ndimage.uniform_filter(inside.astype(np.float32), 2 * round(2 / spacing) + 1)
    bright = np.clip(hu[box], LUNG_HU, BRIGHT_HU).astype(np.float32) - LUNG_HU
    lung = LUNG_HU + np.clip(4 * weight - 2.8, 0, 1) * bright
    found: list[Blob] = []
    for radius in RADII:
        step = max(1, int(radius / spacing / 2.6))
        found += _at_radius(lung[::step, ::step, ::step], inside[::step, ::step, ::step], radius, spacing * step, step)
    limit = max(LEAST_LIMIT, round(PER_LITRE * mask.sum() * spacing**3 / 1e6))
    corner = np.array([s.start for s in box])
    kept = _suppress_overlaps(found, spacing, limit)
    return [Blob(tuple((corner + b.centre).tolist()), b.radius, b.strength) for b in kept]


def _at_radius(lung: np.ndarray, inside: np.ndarray, radius: float, spacing: float, step: int) -> list[Blob]:
    """Return the local maxima at one scale; coordinates are voxels of the full resolution (``step`` times these)."""
    from scipy import ndimage

    sigma = radius / spacing / np.sqrt(3)  # the scale at which a ball's Laplacian is strongest
    # The volume is continued at its ends, so that the end of a slab is not an edge.
    blurred = ndimage.gaussian_filter(lung, sigma, mode="nearest", truncate=3)
    response = blurred - ndimage.gaussian_filter(lung, sigma * RATIO, mode="nearest", truncate=3)
    peaks = (response > THRESHOLD) & (response == ndimage.maximum_filter(response, 3)) & inside
    voxels = np.argwhere(peaks)
    roundness = _roundness(blurred, voxels)
    round_enough = roundness >= LEAST_ROUNDNESS
    blobs = []
    for peak, value in zip(voxels[round_enough], roundness[round_enough], strict=True):
        centre = (peak + _subvoxel_offset(response, peak)) * step
        blobs.append(Blob(tuple(centre.tolist()), radius, float(response[tuple(peak)] * value**0.5)))
    return blobs


def _roundness(blurred: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """Return the least over the strongest downward curvature (n,) at voxels (n, 3): 1 for a ball, 0 for tube and sheet.

    The curvatures are the eigenvalues of the Hessian of the blurred volume.
    """
    if min(blurred.shape) < 3:
        return np.ones(len(peaks))
    centre = np.clip(peaks, 1, np.asarray(blurred.shape) - 2)
    hessian = np.empty((len(peaks), 3, 3))
    for i in range(3):
        for j in range(i, 3):
            hessian[:, i, j] = hessian[:, j, i] = _second_difference(blurred, centre, i, j)
    curvature = np.sort(-np.linalg.eigvalsh(hessian), axis=1)
    strongest = np.maximum(curvature[:, 2], np.finfo(float).tiny)
    return np.asarray(np.where(curvature[:, 2] > 0, curvature[:, 0] / strongest, 0.0))


def _second_difference(blurred: np.ndarray, centre: np.ndarray, i: int, j: int) -> np.ndarray:
    """Return the second difference (n,) along two axes at voxels (n, 3)."""
    one, two = np.eye(3, dtype=int)[[i, j]]

    def at(offset: np.ndarray) -> np.ndarray:
        return np.asarray(blurred[tuple((centre + offset).T)], float)

    if i == j:
        return np.asarray(at(one) - 2 * at(0 * one) + at(-one))
    return np.asarray((at(one + two) - at(one - two) - at(two - one) + at(-one - two)) / 4)


def _subvoxel_offset(response: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """Return the offset (3,) in voxels of the top of the parabola through a peak and its neighbours on each axis."""
    offset = np.zeros(3)
    for axis in range(3):
        if 0 < peak[axis] < response.shape[axis] - 1:
            left, middle, right = (float(response[tuple(peak + d * np.eye(3, dtype=int)[axis])]) for d in (-1, 0, 1))
            bend = left - 2 * middle + right
            offset[axis] = np.clip(0.5 * (left - right) / bend, -0.5, 0.5) if bend < 0 else 0.0
    return offset


def _suppress_overlaps(blobs: list[Blob], spacing: float, limit: int) -> list[Blob]:
    """Keep the strongest of overlapping blobs, at most ``limit`` (non-maximum suppression over scales)."""
    kept: list[Blob] = []
    centres, radii = np.empty((limit, 3)), np.empty(limit)
    for blob in sorted(blobs, key=lambda b: -b.strength):
        distance = np.linalg.norm(centres[: len(kept)] - blob.centre, axis=1) * spacing
        if len(kept) < limit and (distance > 0.8 * np.maximum(radii[: len(kept)], blob.radius)).all():
            centres[len(kept)], radii[len(kept)] = blob.centre, blob.radius
            kept.append(blob)
    return kept
