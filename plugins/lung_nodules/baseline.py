"""The baseline: a random forest on the brightness, size and shape of a candidate."""

from __future__ import annotations

from typing import Any

import numpy as np

from .config import LungConfig

SHELLS = (1.5, 2.5, 3.5, 5.0, 7.0, 10.0, 14.0)
"""Outer radii in mm of the shells in which brightness is measured."""
THRESHOLDS = (0.29, 0.5)
"""Fractions of the HU range above which a voxel belongs to the bright structure: -600 and -300 HU."""


def features(cube: np.ndarray) -> np.ndarray:
    """Return the features (F,) float32 of a cube (S, S, S) with values from 0 to 1 and voxels of 1 mm."""
    distance = _distance(cube.shape[0])
    rings = [cube[(distance >= low) & (distance < high)] for low, high in zip((0, *SHELLS), SHELLS, strict=False)]
    brightness = [value for ring in rings for value in (ring.mean(), ring.std(), ring.max())]
    shape = [value for threshold in THRESHOLDS for value in _shape(cube > threshold, distance)]
    return np.array([*brightness, rings[0].mean() - rings[4].mean(), *shape], np.float32)


def _distance(side: int) -> np.ndarray:
    axis = np.arange(side) - (side - 1) / 2
    return np.asarray(np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2))


def _shape(mask: np.ndarray, distance: np.ndarray) -> list[float]:
    """Return volume, extents, roundness, compactness and reach of the connected region nearest to the middle."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask)
    near = np.where(mask, distance, np.inf)
    nearest = np.unravel_index(int(np.argmin(near)), mask.shape)
    if not near[nearest] <= 4:
        return [0.0] * 8
    region = labels == labels[nearest]
    points = np.argwhere(region)
    spread = np.sqrt(np.maximum(np.sort(np.linalg.eigvalsh(np.cov(points.T) if len(points) > 3 else np.eye(3))), 1e-3))
    surface = region & ~ndimage.binary_erosion(region)
    rim = region.copy()
    rim[1:-1, 1:-1, 1:-1] = False
    compact = len(points) ** (2 / 3) / max(int(surface.sum()), 1)
    return [
        np.log(len(points)),
        *spread,
        spread[0] / spread[2],
        compact,
        rim.mean(),
        float((distance[region] < 5).sum()) / 524,
    ]


class FeatureForest:
    """A random forest on :func:`features`, balanced between the classes."""

    def __init__(self, seed: int = 0, trees: int = 300) -> None:
        self.seed, self.trees, self.forest = seed, trees, None

    def fit(self, x: np.ndarray, y: np.ndarray) -> FeatureForest:
        """Fit on features (N, F) and labels (N, 5) whose first column is the class."""
        from sklearn.ensemble import RandomForestClassifier

        forest: Any = RandomForestClassifier(
            self.trees, class_weight="balanced", min_samples_leaf=2, random_state=self.seed, n_jobs=1
        )
        self.forest = forest.fit(x, y[:, 0].astype(int))
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Predict the probability (N, 1) of a nodule."""
        forest: Any = self.forest
        if len(forest.classes_) == 1:
            return np.full((len(x), 1), float(forest.classes_[0]))
        return np.asarray(forest.predict_proba(x)[:, 1:])


def baseline(config: LungConfig) -> FeatureForest:
    """Build the baseline."""
    return FeatureForest(config.seed)
