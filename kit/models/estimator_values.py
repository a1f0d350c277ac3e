"""Values of a loaded estimator that compiled code uses without checking them: indices of trees and of neighbours.

A wrong index would read or write outside of an array. See the note on ``Tree`` in skops, which for this reason does not
trust it by default.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.models.estimator_schema import UnsafeEstimatorError
from kit.models.estimator_types import parts_of

MOST_JOBS = 256


def check_values(estimator: object) -> None:
    """Raise UnsafeEstimatorError if a tree, a forest or neighbours hold indices or sizes that do not fit each other."""
    from sklearn.ensemble._forest import BaseForest
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import BaseDecisionTree

    for part in parts_of(estimator):
        jobs = getattr(part, "n_jobs", None)
        if jobs is not None and not (isinstance(jobs, int) and abs(jobs) <= MOST_JOBS):
            raise UnsafeEstimatorError(f"n_jobs of {jobs!r}")
        fitted = getattr(part, "__dict__", {})
        if isinstance(part, BaseDecisionTree) and "tree_" in fitted:
            _check_tree(part)
        elif isinstance(part, KNeighborsClassifier) and "_fit_X" in fitted:
            _check_neighbours(part)
        elif isinstance(part, BaseForest) and "estimators_" in fitted:
            trees = [isinstance(each, BaseDecisionTree) and "tree_" in vars(each) for each in part.estimators_]
            if not all(trees) or {each.n_features_in_ for each in part.estimators_} != {part.n_features_in_}:
                raise UnsafeEstimatorError("a forest of something else than trees on its own features")


def _check_tree(tree: Any) -> None:
    """Children come after their parents and exist, and features exist in the input."""
    inner = tree.tree_
    count, left, right = inner.node_count, inner.children_left, inner.children_right
    order = np.arange(count)
    leaf = left == -1
    valid = [
        tree.n_features_in_ == inner.n_features,
        len(left) == len(right) == count > 0,
        np.array_equal(leaf, right == -1),
        ((left > order) & (left < count))[~leaf].all(),
        ((right > order) & (right < count))[~leaf].all(),
        ((inner.feature >= 0) & (inner.feature < inner.n_features))[~leaf].all(),
    ]
    if not all(valid):
        raise UnsafeEstimatorError("a tree with nodes that do not exist")


def _check_neighbours(model: Any) -> None:
    """Samples, their classes and the number of neighbours fit each other, and the search is by brute force."""
    samples, codes = model._fit_X, model._y
    valid = [
        model._fit_method == "brute",
        getattr(model, "_tree", None) is None,
        isinstance(samples, np.ndarray) and samples.ndim == 2 and samples.dtype in (np.float32, np.float64),
        isinstance(codes, np.ndarray) and codes.shape == samples.shape[:1] and codes.dtype.kind in "iu",
        isinstance(model.classes_, np.ndarray) and model.classes_.ndim == 1,
    ]
    if not all(valid):
        raise UnsafeEstimatorError("neighbours that are not searched by brute force in one array")
    fitting = [
        codes.min(initial=0) >= 0 and codes.max(initial=0) < len(model.classes_),
        model.n_samples_fit_ == len(samples) >= model.n_neighbors >= 1,
        model.n_features_in_ == samples.shape[1],
        model.weights in ("uniform", "distance"),
        isinstance(model.effective_metric_, str),
    ]
    if not all(fitting):
        raise UnsafeEstimatorError("neighbours whose samples, classes and counts do not fit each other")
