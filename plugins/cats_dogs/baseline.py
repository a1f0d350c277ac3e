"""The baseline: logistic regression on histograms of colours and of the directions of edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .config import PhotographConfig

CELLS, DIRECTIONS, LEVELS = 4, 8, 8


class Histograms(TransformerMixin, BaseEstimator):
    """Histograms of edge directions in 4 x 4 cells and of each colour's levels: (N, 3, H, W) to (N, 152)."""

    def fit(self, x: Any, y: Any = None) -> Histograms:
        """Do nothing: there is nothing to fit."""
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Compute the histograms of photographs in 0..1."""
        return np.stack([np.concatenate([_edges(image.mean(axis=0)), _levels(image)]) for image in np.asarray(x)])

    def __sklearn_is_fitted__(self) -> bool:
        return True


def build(config: PhotographConfig) -> Pipeline:
    """Build logistic regression on histograms."""
    regression = LogisticRegression(C=0.01, max_iter=1000)
    return Pipeline([("histograms", Histograms()), ("scale", StandardScaler()), ("regression", regression)])


def _edges(grey: np.ndarray) -> np.ndarray:
    down, right = np.gradient(grey)
    size = np.hypot(down, right)
    direction = (np.arctan2(down, right) % np.pi / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
    rows, columns = (np.arange(length) * CELLS // length for length in grey.shape)
    cell = rows[:, None] * CELLS + columns
    counts = np.bincount((cell * DIRECTIONS + direction).ravel(), size.ravel(), CELLS * CELLS * DIRECTIONS)
    return np.asarray(counts / max(counts.sum(), 1e-9))


def _levels(image: np.ndarray) -> np.ndarray:
    counts = [np.histogram(channel, LEVELS, (0, 1))[0] / channel.size for channel in image]
    return np.concatenate(counts)
