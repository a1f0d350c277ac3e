"""The baseline: logistic regression on thumbnails. It shows how much of the task colour alone solves."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .config import EyeConfig

SIDE = 8


class Thumbnails(TransformerMixin, BaseEstimator):
    """Average photographs (N, 3, H, W) down to ``side`` x ``side`` pixels, flat: (N, 3 * side * side)."""

    def __init__(self, side: int = SIDE) -> None:
        self.side = side

    def fit(self, x: Any, y: Any = None) -> Thumbnails:
        """Do nothing: there is nothing to fit."""
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Average each of the side x side cells."""
        photographs = np.asarray(x)
        rows, columns = (self._cells(length) for length in photographs.shape[2:])
        cells: np.ndarray = np.einsum("nchw,ah,bw->ncab", photographs, rows, columns, optimize=True)
        return cells.reshape(len(photographs), -1)

    def _cells(self, length: int) -> np.ndarray:
        """Weights (side, length) that average ``length`` pixels into ``side`` cells."""
        cell = np.arange(length) * self.side // length
        weights = (cell == np.arange(self.side)[:, None]).astype(np.float32)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def __sklearn_is_fitted__(self) -> bool:
        return True


def baseline(config: EyeConfig) -> Pipeline:
    """Build logistic regression on 8x8 thumbnails."""
    return Pipeline(
        [
            ("thumbnails", Thumbnails()),
            ("scale", StandardScaler()),
            ("regression", LogisticRegression(C=0.01, max_iter=1000)),
        ]
    )
