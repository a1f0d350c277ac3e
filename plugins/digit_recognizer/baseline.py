"""The baseline: k nearest neighbours of straightened digits."""

from __future__ import annotations

import cv2
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from .config import DigitConfig

DIGITS = 10
SIDE = 28
COMPONENTS, NEIGHBOURS = 40, 5


class DeskewedNeighbours(ClassifierMixin, BaseEstimator):
    """Vote among the training digits that are nearest after straightening and projection to principal components."""

    pipeline: Pipeline

    def fit(self, x: np.ndarray, y: np.ndarray) -> DeskewedNeighbours:
        """Fit to images (N, 1, 28, 28) and digits (N,), also if they are fewer than components or neighbours."""
        features = _features(x)
        components, neighbours = min(COMPONENTS, *features.shape), min(NEIGHBOURS, len(features))
        self.pipeline = make_pipeline(
            PCA(components, svd_solver="full", random_state=0),
            KNeighborsClassifier(neighbours, weights="distance", algorithm="brute"),
        )
        self.pipeline.fit(features, y)
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Predict the fraction of neighbours of each digit, weighted by inverse distance, (N, 10)."""
        # A small training part may lack a digit; its column stays 0.
        probabilities = np.zeros((len(x), DIGITS))
        probabilities[:, self.pipeline.classes_] = self.pipeline.predict_proba(_features(x))
        return probabilities


def build(config: DigitConfig) -> DeskewedNeighbours:
    """Build the baseline; it has no settings."""
    return DeskewedNeighbours()


def _features(x: np.ndarray) -> np.ndarray:
    pictures = np.ascontiguousarray(x, np.float32).reshape(-1, SIDE, SIDE)  # (N, 1, 28, 28) -> (N, 28, 28)
    return np.stack([deskew(picture) for picture in pictures]).reshape(len(pictures), -1)


def deskew(picture: np.ndarray) -> np.ndarray:
    """Shear a picture (28, 28) so that its strokes stand upright, and centre it, by its moments of second order.

    The shear is the regression of columns on rows, as in OpenCV's tutorial on recognising digits.
    """
    moments = cv2.moments(picture)
    if moments["m00"] <= 0 or abs(moments["mu02"]) < 1e-2:
        return picture
    slant = moments["mu11"] / moments["mu02"]
    across, down = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    centre = (SIDE - 1) / 2
    # Maps an output pixel to where it comes from: the row shifts, the column shifts and follows the slant.
    back = np.array([[1, slant, across - centre - slant * centre], [0, 1, down - centre]])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(picture, back, (SIDE, SIDE), flags=flags))
