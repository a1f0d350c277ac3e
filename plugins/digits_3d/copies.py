"""Which rows are copies of one cloud: rotated and disturbed copies in both parts of a split would be a leak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

QUANTILES = np.linspace(0.05, 0.95, 19)
PAIRS = 2000  # of occupied voxels, whose distances a rotation does not change
MOST_COPIES = 4
COMPARED = 200  # rows whose shapes are compared with those of their copies
CLOSER = 0.9
"""Copies of one cloud are this much closer to each other than other rows of the same class."""


@dataclass(frozen=True)
class Copies:
    """A group for each row, and how the copies were found."""

    groups: np.ndarray
    how: str


def find_copies(volumes: np.ndarray, labels: np.ndarray) -> Copies:
    """Group the rows (N, 16, 16, 16) that seem to be copies of one cloud.

    First by their order in the file: copies that follow each other, or that come in blocks of the same order. Where
    neither fits, rows of one class that are each other's nearest in shape share a group; a wrong pair does no harm.
    """
    rows = np.arange(len(volumes))
    some = np.random.default_rng(0).permutation(rows)[:COMPARED]
    others = _distance(volumes, some, _other_of_class(labels))
    for count in range(2, MOST_COPIES + 1):
        if len(rows) % count:
            continue
        for groups, how in (
            (rows // count, f"{count} copies of a cloud follow each other"),
            (rows % (len(rows) // count), f"{count} blocks hold the same clouds in the same order"),
        ):
            partner = _next_of_group(groups)
            if (labels[partner] == labels).all() and _distance(volumes, some, partner) < CLOSER * others:
                return Copies(groups, how)
    shapes = np.stack([shape(volume) for volume in volumes])
    return Copies(_mutual_nearest(shapes, labels), "rows of one class that are nearest to each other in shape")


def shape(volume: np.ndarray) -> np.ndarray:
    """Describe the shape of a volume regardless of its rotation and scale: quantiles of distances, float64 (38,).

    The distances of voxels from their middle, and those of pairs of voxels (Osada et al. 2002, "Shape distributions").
    """
    points = np.argwhere(volume > 0).astype(np.float64)
    if len(points) < 2:
        return np.zeros(2 * len(QUANTILES))
    rng = np.random.default_rng(0)
    first, second = rng.integers(len(points), size=(2, PAIRS))
    radii = np.linalg.norm(points - points.mean(axis=0), axis=1)
    between = np.linalg.norm(points[first] - points[second], axis=1)
    # A rotated copy fills the grid at another scale, so that distances are relative to their mean.
    return np.concatenate([np.quantile(values, QUANTILES) / values.mean() for values in (radii, between)])


def _distance(volumes: np.ndarray, rows: np.ndarray, partner: np.ndarray) -> float:
    """The mean difference in shape between rows and their partners."""
    return float(np.mean([np.linalg.norm(shape(volumes[row]) - shape(volumes[partner[row]])) for row in rows]))


def _other_of_class(labels: np.ndarray) -> np.ndarray:
    """For each row another one of its class, drawn at random."""
    rng, partner = np.random.default_rng(0), np.arange(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        order = rng.permutation(rows)
        partner[order] = np.roll(order, 1)
    return partner


def _next_of_group(groups: np.ndarray) -> np.ndarray:
    partner = np.empty(len(groups), np.int64)
    order = np.argsort(groups, kind="stable").reshape(int(groups.max()) + 1, -1)
    partner[order] = np.roll(order, 1, axis=1)
    return partner


def _mutual_nearest(shapes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    groups = np.arange(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        if len(rows) < 2:
            continue
        nearest = NearestNeighbors(n_neighbors=1).fit(shapes[rows]).kneighbors(return_distance=False)[:, 0]
        mutual = np.flatnonzero(nearest[nearest] == np.arange(len(rows)))
        groups[rows[mutual]] = rows[np.minimum(mutual, nearest[mutual])]
    return groups
